-- Peers whose address no host of the fleet uses: to whom services connect (out), and who
-- connects to them (in). After latest.sql and both-ends.sql.
SELECT CASE WHEN e.server THEN 'in' ELSE 'out' END AS direction, e.host, e.service, e.protocol,
       e.remote_address, CASE WHEN e.server THEN e.local_port ELSE e.remote_port END AS port,
       count(*) AS connections, sum(e.bytes_acked) AS bytes_sent, sum(e.bytes_received) AS bytes_received
FROM ends AS e
WHERE NOT EXISTS (SELECT FROM addresses AS a
                  WHERE a.local_address = e.remote_address
                    AND a.scope = fleet.scope(e.remote_address, e.host, e.netns))
GROUP BY 1, 2, 3, 4, 5, 6
ORDER BY connections DESC, host, service, remote_address, port;
