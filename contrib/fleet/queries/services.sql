-- The same as service-map.sql without hosts: on how many hosts each side is. After
-- latest.sql and both-ends.sql.
SELECT client_service, server_service, protocol, server_port,
       count(DISTINCT client_host) AS client_hosts, count(DISTINCT server_host) AS server_hosts,
       count(*) AS connections, sum(bytes_to_server) AS bytes_to_server, sum(bytes_to_client) AS bytes_to_client
FROM connections
GROUP BY client_service, server_service, protocol, server_port
ORDER BY connections DESC, client_service, server_service, protocol, server_port;
