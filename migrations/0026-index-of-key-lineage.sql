-- Apart from the column: building it must not hold up those who use keys.
DROP INDEX CONCURRENTLY IF EXISTS api_keys_parent;

CREATE INDEX CONCURRENTLY api_keys_parent ON api_keys (parent_id) WHERE parent_id IS NOT NULL;
