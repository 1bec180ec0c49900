-- Makes two temporary views: ends, of sockets with a remote end, and connections, of those
-- whose both ends were seen: the other end is the row with local and remote swapped. An
-- address of one host or network namespace alone, such as 127.0.0.1, has its other end
-- there. After latest.sql.
CREATE TEMPORARY VIEW ends AS
WITH s AS (
    SELECT s.time, place, a.host, a.netns, fleet.protocol(proto) COLLATE "C" AS protocol, state,
           s.local_address, local_port, remote_address, remote_port, a.scope,
           fleet.service(unit, process) COLLATE "C" AS service, bytes_acked, bytes_received,
           -- Of both ends one is the first.
           (local_port, s.local_address) < (remote_port, remote_address) AS first
    FROM fleet.socket AS s JOIN addresses AS a
      ON (a.host, a.boot_id, a.time, a.netns, a.local_address)
       = (s.host, s.boot_id, s.time, coalesce(s.netns, ''), s.local_address)
    WHERE s.time >= :'from' AND s.time < :'to' AND remote_port <> 0
)
SELECT s.*, l.place IS NOT NULL AS server, -- this end is one of a listener
       CASE WHEN first THEN fleet.pair(scope, s.local_address, local_port, remote_address, remote_port)
            ELSE fleet.pair(scope, remote_address, remote_port, s.local_address, local_port) END AS pair
FROM s LEFT JOIN (SELECT place, protocol, local_port FROM listeners) AS l USING (place, protocol, local_port);

-- If both ends or none are one of a listener, that with the lower port is the server.
CREATE TEMPORARY VIEW connections AS
WITH pairs AS (
    SELECT a.protocol, a.server > b.server OR a.server = b.server AND a.local_port <= b.local_port AS a_serves,
           a.host AS a_host, a.service AS a_service, a.local_address AS a_address, a.local_port AS a_port,
           b.host AS b_host, b.service AS b_service, b.local_address AS b_address, b.local_port AS b_port,
           a.state AS a_state, b.state AS b_state,
           -- What an end received, because what the other sent counts its SYN as a byte.
           coalesce(b.bytes_received, a.bytes_acked) AS bytes_to_b,
           coalesce(a.bytes_received, b.bytes_acked) AS bytes_to_a,
           b.time - a.time AS apart
    FROM ends AS a JOIN ends AS b USING (pair)
    WHERE a.first AND NOT b.first
      -- CASE keeps these out of the hash: they follow from the pair but for rare ones.
      AND CASE WHEN a.local_address = b.remote_address AND a.local_port = b.remote_port
                AND a.remote_address = b.local_address AND a.remote_port = b.local_port
                AND a.scope = b.scope AND a.protocol = b.protocol THEN true ELSE false END
)
SELECT protocol,
       CASE WHEN a_serves THEN b_host ELSE a_host END AS client_host,
       CASE WHEN a_serves THEN b_service ELSE a_service END AS client_service,
       CASE WHEN a_serves THEN b_address ELSE a_address END AS client_address,
       CASE WHEN a_serves THEN b_port ELSE a_port END AS client_port,
       CASE WHEN a_serves THEN a_host ELSE b_host END AS server_host,
       CASE WHEN a_serves THEN a_service ELSE b_service END AS server_service,
       CASE WHEN a_serves THEN a_address ELSE b_address END AS server_address,
       CASE WHEN a_serves THEN a_port ELSE b_port END AS server_port,
       CASE WHEN a_serves THEN b_state ELSE a_state END AS client_state,
       CASE WHEN a_serves THEN a_state ELSE b_state END AS server_state,
       CASE WHEN a_serves THEN bytes_to_a ELSE bytes_to_b END AS bytes_to_server,
       CASE WHEN a_serves THEN bytes_to_b ELSE bytes_to_a END AS bytes_to_client,
       CASE WHEN a_serves THEN - apart ELSE apart END AS apart
FROM pairs;
