-- The same as service-map.sql without hosts: on how many hosts each side is. After
-- latest.sql and both-ends.sql.
WITH map AS MATERIALIZED ( -- few rows, of which it is cheap to count distinct hosts
    SELECT client_host, client_service, server_host, server_service, protocol, server_port,
           count(*) AS connections, sum(bytes_to_server) AS bytes_to_server, sum(bytes_to_client) AS bytes_to_client
    FROM connections
    GROUP BY client_host, client_service, server_host, server_service, protocol, server_port
)
SELECT client_service, server_service, protocol, server_port,
       count(DISTINCT client_host) AS client_hosts, count(DISTINCT server_host) AS server_hosts,
       sum(connections) AS connections, sum(bytes_to_server) AS bytes_to_server, sum(bytes_to_client) AS bytes_to_client
FROM map
GROUP BY client_service, server_service, protocol, server_port
ORDER BY connections DESC, client_service, server_service, protocol, server_port;
