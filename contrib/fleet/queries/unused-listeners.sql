-- Listeners that were there on every day with data of the last :days days before :to, and
-- to which no round saw a connection. From fleet.listener (rollup.sql). A connection that
-- lives between two rounds is not seen: it is a hint, not a proof.
SELECT host, netns, protocol, local_port, max(service) AS service,
       min(day) AS first_day, max(day) AS last_day, count(*) AS days
FROM fleet.listener AS l
WHERE day > :'to'::date - :days::int AND day <= :'to'::date
GROUP BY host, netns, protocol, local_port
HAVING sum(connections) = 0
   AND count(*) = (SELECT count(DISTINCT day) FROM fleet.listener AS d
                   WHERE d.host = l.host AND day > :'to'::date - :days::int AND day <= :'to'::date)
   AND count(*) >= :days::int
ORDER BY host, netns, protocol, local_port;
