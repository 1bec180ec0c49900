-- ClickHouse: the table of schema.sql. Load with
--   clickhouse-client --date_time_input_format=best_effort --input_format_tsv_empty_as_default=1 \
--     -q "INSERT INTO fleet.socket FORMAT TSV"
-- Not run as it is: Debian 12 has version 18.16, which knows neither TTL nor empty values as
-- defaults. It accepted the rest, and loaded rows that had \N for empty numbers.
-- The queries are for PostgreSQL: DISTINCT ON, unnest and fleet's functions need another form.
CREATE DATABASE IF NOT EXISTS fleet;
CREATE TABLE fleet.socket (
    time DateTime('UTC'), host LowCardinality(String), boot_id UUID, rows UInt32,
    netns LowCardinality(String), proto LowCardinality(String), state LowCardinality(String),
    local_address String, local_port UInt16, remote_address String, remote_port UInt16,
    cookie UInt64, uid Nullable(UInt32), pid String, process LowCardinality(String),
    exe LowCardinality(String), exe_deleted LowCardinality(String), started String,
    container LowCardinality(String), unit LowCardinality(String), pod LowCardinality(String),
    bytes_acked Nullable(UInt64), bytes_received Nullable(UInt64),
    recvq Nullable(UInt64), sendq Nullable(UInt64)
) ENGINE = MergeTree PARTITION BY toYYYYMMDD(time) ORDER BY (host, time) TTL time + INTERVAL 7 DAY;
