/**
 * Finds one right to write that the role has, directly or through a role that it can become. `pg_settings` and other
 * system tables let everybody update what is theirs, so they do not count; neither do temporary tables. Functions and
 * types are looked up where nobody else can define them.
 */
export const FIND_WRITE_RIGHT = `
  WITH mine AS (
    SELECT * FROM pg_catalog.pg_roles WHERE pg_catalog.pg_has_role(oid, 'MEMBER')
  ), schemas AS (
    SELECT oid, nspname FROM pg_catalog.pg_namespace
    WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
  ), tables AS (
    SELECT c.oid, pg_catalog.format('%I.%I', s.nspname, c.relname) AS name
    FROM pg_catalog.pg_class c JOIN schemas s ON s.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'f')
  )
  SELECT what FROM (
    SELECT 1 AS rank, 'is a superuser' AS what FROM mine WHERE rolsuper
    UNION ALL
    SELECT 2, 'can create roles' FROM mine WHERE rolcreaterole
    UNION ALL
    SELECT 3, 'can create databases' FROM mine WHERE rolcreatedb
    UNION ALL
    SELECT 4, 'is a member of ' || rolname FROM mine
    WHERE rolname IN ('pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program')
    UNION ALL
    SELECT 5, 'can create schemas in the database' FROM mine
    WHERE pg_catalog.has_database_privilege(oid, pg_catalog.current_database(), 'CREATE')
    UNION ALL
    SELECT 6, pg_catalog.format('can create tables in the schema %I', s.nspname) FROM mine, schemas s
    WHERE pg_catalog.has_schema_privilege(mine.oid, s.oid, 'CREATE')
    UNION ALL
    SELECT 7, 'can change ' || t.name FROM mine, tables t
    WHERE pg_catalog.has_any_column_privilege(mine.oid, t.oid, 'INSERT, UPDATE')
       OR pg_catalog.has_table_privilege(mine.oid, t.oid, 'DELETE, TRUNCATE')
  ) AS found
  ORDER BY rank, what LIMIT 1`;
