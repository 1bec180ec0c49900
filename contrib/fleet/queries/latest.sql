-- Makes temporary tables of the last whole round of each host between :from and :to, which
-- the other queries read: rounds, addresses and listeners. A round is whole if it has as many
-- rows as its agent counted.
--
--   psql -v from='2026-01-02 10:00' -v to='2026-01-02 10:05' \
--     -f latest.sql -f both-ends.sql -f service-map.sql
-- The queries read whole rounds, for which joins and groups by hash are best. The planner
-- does not expect as many rows, least of all in a partition that was just loaded.
SET jit = off;
SET enable_nestloop = off;
SET enable_mergejoin = off;
SET enable_sort = off;
SET work_mem = '256MB';

-- Text sorts by bytes, which is faster than by a locale.
CREATE TEMPORARY TABLE found AS
SELECT host COLLATE "C" AS host, boot_id, time, coalesce(netns, '') COLLATE "C" AS netns, local_address,
       count(*) AS found, max(rows) AS rows
FROM fleet.socket
WHERE time >= :'from' AND time < :'to'
GROUP BY host, boot_id, time, netns, local_address;

CREATE TEMPORARY TABLE rounds AS
SELECT DISTINCT ON (host) host, boot_id, time
FROM found
GROUP BY host, boot_id, time HAVING sum(found) = max(rows)
ORDER BY host, time DESC;
ANALYZE rounds;

-- Local addresses; a place is a network namespace of a host.
CREATE TEMPORARY TABLE addresses AS
SELECT dense_rank() OVER (ORDER BY host, netns) AS place, host, boot_id, time, netns, local_address,
       fleet.scope(local_address, host, netns) COLLATE "C" AS scope
FROM found JOIN rounds USING (host, boot_id, time);
ANALYZE addresses;

CREATE TEMPORARY TABLE listeners AS
SELECT DISTINCT ON (place, protocol, local_port)
       place, host, a.netns, fleet.protocol(proto) COLLATE "C" AS protocol, local_port,
       local_address, fleet.service(unit, process) COLLATE "C" AS service, container
FROM fleet.socket AS s JOIN addresses AS a USING (host, boot_id, time, local_address)
WHERE s.time >= :'from' AND s.time < :'to' AND remote_port = 0 AND a.netns = coalesce(s.netns, '')
ORDER BY place, protocol, local_port, service;
ANALYZE listeners;
