-- The sockets of a fleet, for PostgreSQL 12 and later: psql -f schema.sql
CREATE SCHEMA fleet;

-- A row is a socket of a host at a time. The columns are those of collect, in its order.
-- With several owners, the columns from pid to pod have a value for each, with ; between.
CREATE TABLE fleet.socket (
    time            timestamptz NOT NULL, -- of the round, by the clock of the host
    host            text        NOT NULL,
    boot_id         uuid        NOT NULL, -- cookies and processes are unique in one boot
    rows            integer     NOT NULL, -- of the round: fewer rows are a round that lost some
    netns           text,                 -- network namespace: host, a name, or a number
    proto           text        NOT NULL, -- tcp, tcp6, udp, udp6
    state           text,                 -- as in RFC 9293; null for UDP without a peer
    local_address   inet        NOT NULL, -- 0.0.0.0 or :: for any
    local_port      integer     NOT NULL,
    remote_address  inet        NOT NULL, -- 0.0.0.0 or :: for none
    remote_port     integer     NOT NULL,
    cookie          numeric(20),          -- kernel's number of the socket, 64 bits
    uid             bigint,
    pid             text,
    process         text,
    exe             text,
    exe_deleted     text,                 -- true if the program's file was removed or replaced
    started         text,                 -- start of the process
    container       text,
    unit            text,                 -- systemd unit
    pod             text,
    bytes_acked     bigint,               -- sent and acknowledged; null unless TCP
    bytes_received  bigint,
    recvq           bigint,
    sendq           bigint
) PARTITION BY RANGE (time);

-- Rows of hosts whose clock is wrong, and of hours without a partition.
CREATE TABLE fleet.socket_other PARTITION OF fleet.socket DEFAULT;

-- Files that were loaded, so that none is loaded twice.
CREATE TABLE fleet.loaded (
    file text PRIMARY KEY,
    time timestamptz NOT NULL DEFAULT now()
);

-- One row for a listener and day, which outlives the sockets (rollup.sql).
CREATE TABLE fleet.listener (
    day           date    NOT NULL,
    host          text    NOT NULL,
    netns         text    NOT NULL,
    protocol      text    NOT NULL,
    local_port    integer NOT NULL,
    service       text    NOT NULL,
    connections   bigint  NOT NULL, -- rows of connections to it: 0 if none was seen
    PRIMARY KEY (day, host, netns, protocol, local_port)
);

-- partition creates the partitions of the hours from `first` to `last`, and drops those
-- that ended before `oldest`. It returns what it created and dropped.
CREATE FUNCTION fleet.partition(first timestamptz, last timestamptz, oldest timestamptz)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    hour timestamp;
    name text;
BEGIN
    FOR hour IN SELECT generate_series(date_trunc('hour', first AT TIME ZONE 'UTC'),
                                       last AT TIME ZONE 'UTC', interval '1 hour') LOOP
        name := 'socket_' || to_char(hour, 'YYYYMMDD"T"HH24');
        IF to_regclass('fleet.' || quote_ident(name)) IS NULL THEN
            EXECUTE format('CREATE TABLE fleet.%I PARTITION OF fleet.socket FOR VALUES FROM (%L) TO (%L)',
                           name, hour AT TIME ZONE 'UTC', (hour + interval '1 hour') AT TIME ZONE 'UTC');
            -- Rows arrive in the order of time: an index of a few pages.
            EXECUTE format('CREATE INDEX ON fleet.%I USING brin (time)', name);
            RETURN NEXT '+' || name;
        END IF;
    END LOOP;
    FOR name IN SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'fleet.socket'::regclass AND relname ~ '^socket_[0-9]{8}T[0-9]{2}$'
          AND (to_timestamp(substr(relname, 8), 'YYYYMMDD"T"HH24')::timestamp + interval '1 hour')
              AT TIME ZONE 'UTC' <= oldest LOOP
        EXECUTE format('DROP TABLE fleet.%I', name);
        RETURN NEXT '-' || name;
    END LOOP;
END $$;

-- protocol returns tcp for tcp6: the two ends of a connection may differ, because an IPv6
-- socket also accepts IPv4.
CREATE FUNCTION fleet.protocol(proto text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN CASE proto WHEN 'tcp6' THEN 'tcp' WHEN 'udp6' THEN 'udp' ELSE proto END;

-- scope returns where an address means the same: '' for the whole fleet, the host, or the
-- host and its network namespace. Replace it if other networks (of containers, of a VPN)
-- repeat in your fleet.
CREATE FUNCTION fleet.scope(address inet, host text, netns text) RETURNS text
IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN CASE
    WHEN address <<= '127.0.0.0/8' OR address = '::1' THEN host || ' ' || netns
    WHEN address <<= 'fe80::/10' OR address <<= '169.254.0.0/16' OR address <<= '172.17.0.0/16' THEN host
    ELSE '' END;

-- service returns what a socket belongs to: its unit or, without one, its program; of
-- several owners, the first.
CREATE FUNCTION fleet.service(unit text, process text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN coalesce(nullif(split_part(unit, ';', 1), ''), nullif(split_part(process, ';', 1), ''), '?');

-- pair returns a number for two ends in a scope, by which a join finds both ends of a
-- connection sooner than by five columns. Other ends may have the same number: compare too.
CREATE FUNCTION fleet.pair(scope text, address1 inet, port1 integer, address2 inet, port2 integer)
RETURNS bigint IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN hashinetextended(address1, hashinetextended(address2, hashtextextended(scope, port1 * 65536::bigint + port2)));
