-- Makes the temporary table sockets: the last whole round of each host between :from and
-- :to, with what the other queries compare. A round is whole if it has as many rows as its
-- agent counted. `server` says that this end is one of a listener.
--
--   psql -v from='2026-01-02 10:00' -v to='2026-01-02 10:05' -f latest.sql -f service-map.sql
SET jit = off;
CREATE TEMPORARY TABLE sockets AS
WITH rounds AS (
    SELECT DISTINCT ON (host) host, boot_id, time
    FROM (SELECT host, boot_id, time FROM fleet.socket
          WHERE time >= :'from' AND time < :'to'
          GROUP BY host, boot_id, time HAVING count(*) = max(rows)) AS whole
    ORDER BY host, time DESC
)
SELECT s.time, s.host, coalesce(netns, '') AS netns, fleet.protocol(proto) AS protocol, state,
       local_address, local_port, remote_address, remote_port, cookie,
       fleet.scope(local_address, s.host) AS scope, fleet.service(unit, process) AS service,
       pid, process, exe, exe_deleted, started, coalesce(container, '') AS container, bytes_acked, bytes_received,
       remote_port = 0 AS listening
FROM fleet.socket AS s JOIN rounds USING (host, boot_id, time)
WHERE s.time >= :'from' AND s.time < :'to';
ANALYZE sockets;

CREATE TEMPORARY TABLE listeners AS
SELECT DISTINCT ON (host, netns, protocol, local_port)
       host, netns, protocol, local_port, local_address, service, container
FROM sockets WHERE listening
ORDER BY host, netns, protocol, local_port, service;
ANALYZE listeners;
