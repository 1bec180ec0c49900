-- Connections with both ends: the other end is the row with local and remote swapped. An
-- address of one host alone, such as 127.0.0.1, has its other end on the same host. After
-- latest.sql.
CREATE TEMPORARY VIEW ends AS
SELECT s.*, l.host IS NOT NULL AS server
FROM sockets AS s LEFT JOIN listeners AS l USING (host, netns, protocol, local_port)
WHERE NOT s.listening;

CREATE TEMPORARY VIEW connections AS
SELECT c.protocol,
       c.host AS client_host, c.service AS client_service, c.local_address AS client_address, c.local_port AS client_port,
       s.host AS server_host, s.service AS server_service, s.local_address AS server_address, s.local_port AS server_port,
       c.state AS client_state, s.state AS server_state,
       -- Of a counter that only one end knows, that of the other.
       coalesce(c.bytes_acked, s.bytes_received) AS bytes_to_server,
       coalesce(c.bytes_received, s.bytes_acked) AS bytes_to_client,
       s.time - c.time AS apart
FROM ends AS c JOIN ends AS s
  ON s.protocol = c.protocol
 AND s.local_address = c.remote_address AND s.local_port = c.remote_port
 AND s.remote_address = c.local_address AND s.remote_port = c.local_port
 AND s.scope = c.scope
WHERE s.server AND NOT c.server;
