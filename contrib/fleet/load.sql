-- Copies standard input into fleet.socket, unless a file :name was loaded before. An empty
-- name is none. load runs it. Another loader of the same file waits here, and then leaves
-- it out.
BEGIN;
WITH added AS (
    INSERT INTO fleet.loaded (file) SELECT :'name' WHERE :'name' <> '' ON CONFLICT DO NOTHING RETURNING file
)
SELECT :'name' = '' OR EXISTS (SELECT FROM added) AS new \gset
\if :new
  \copy fleet.socket FROM pstdin (FORMAT text, NULL '')
\else
  \echo load: :name was loaded before
\endif
COMMIT;
