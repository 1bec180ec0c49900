-- Programs that still run although their file was removed or replaced, as after an update
-- without a restart: one row for each file, with the hosts and the start of the oldest
-- and the newest process. After latest.sql.
WITH processes AS (
    SELECT DISTINCT host COLLATE "C" AS host, fleet.service(unit, process) COLLATE "C" AS service, o.exe, o.pid, o.started
    FROM fleet.socket AS s JOIN rounds USING (host, boot_id, time),
         unnest(string_to_array(s.exe, ';'), string_to_array(s.exe_deleted, ';'),
                string_to_array(s.pid, ';'), string_to_array(s.started, ';'))
         AS o (exe, exe_deleted, pid, started)
    WHERE s.time >= :'from' AND s.time < :'to'
      AND s.exe_deleted LIKE '%true%' AND o.exe_deleted = 'true'
)
SELECT exe, service, count(DISTINCT host) AS hosts, count(*) AS processes,
       min(started) AS oldest, max(started) AS newest, (array_agg(DISTINCT host ORDER BY host))[1:5] AS some_hosts
FROM processes
GROUP BY exe, service
ORDER BY hosts DESC, exe, service;
