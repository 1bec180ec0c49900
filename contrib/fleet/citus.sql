-- Citus: after schema.sql, on the coordinator. Not run: Citus is not in Debian. Queries that
-- join both ends read the temporary table of latest.sql, which is on the coordinator.
CREATE EXTENSION IF NOT EXISTS citus;
SELECT create_distributed_table('fleet.socket', 'host');
SELECT create_distributed_table('fleet.listener', 'host', colocate_with => 'fleet.socket');
