-- Listeners that were there on every day with data of the last :days days before :to, and
-- to which no round saw a connection. From fleet.listener (rollup.sql). A connection that
-- lives between two rounds is not seen: it is a hint, not a proof.
WITH recent AS (
    SELECT * FROM fleet.listener WHERE day > :'to'::date - :days::int AND day <= :'to'::date
), hosts AS (
    SELECT host, count(DISTINCT day) AS days FROM recent GROUP BY host
)
SELECT host, netns, protocol, local_port, max(service) AS service,
       min(day) AS first_day, max(day) AS last_day, count(*) AS days
FROM recent JOIN hosts USING (host)
GROUP BY host, netns, protocol, local_port, hosts.days
HAVING sum(connections) = 0 AND count(*) = hosts.days AND count(*) >= :days::int
ORDER BY host, netns, protocol, local_port;
