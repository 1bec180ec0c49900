-- Who talks to which service: connections and bytes between services and hosts, the most
-- connections first. After latest.sql and both-ends.sql.
SELECT client_host, client_service, server_host, server_service, protocol, server_port,
       count(*) AS connections, sum(bytes_to_server) AS bytes_to_server, sum(bytes_to_client) AS bytes_to_client
FROM connections
GROUP BY client_host, client_service, server_host, server_service, protocol, server_port
ORDER BY connections DESC, client_host, client_service, server_host, server_service, protocol, server_port;
