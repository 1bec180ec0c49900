-- Sums up the listeners of the day :day (UTC) in fleet.listener. Run it once a day, before
-- the partitions of the day are dropped; again, it replaces the day.
--
--   psql -v day=2026-01-02 -f rollup.sql
BEGIN;
SET LOCAL TIME ZONE 'UTC';
DELETE FROM fleet.listener WHERE day = :'day';
INSERT INTO fleet.listener (day, host, netns, protocol, local_port, service, connections)
WITH rows AS (
    SELECT host, coalesce(netns, '') AS netns, fleet.protocol(proto) AS protocol, local_port,
           max(fleet.service(unit, process)) FILTER (WHERE remote_port = 0) AS service,
           count(*) FILTER (WHERE remote_port = 0) AS listening,
           count(*) FILTER (WHERE remote_port <> 0) AS connections
    FROM fleet.socket
    WHERE time >= :'day'::date AND time < :'day'::date + 1
    GROUP BY 1, 2, 3, 4
)
SELECT :'day', host, netns, protocol, local_port, service, connections FROM rows WHERE listening > 0;
COMMIT;
