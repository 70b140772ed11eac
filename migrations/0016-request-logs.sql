ALTER TABLE organizations ADD COLUMN log_bodies boolean NOT NULL DEFAULT false;

-- Every call of a known caller, in one partition per day (UTC). No foreign keys: to drop a partition that has one would lock
-- the table that it refers to. Whoever writes checks that organization and person are still there.
CREATE TABLE request_logs (
  organization_id uuid NOT NULL,
  -- When the call was answered; the id carries the same moment.
  created_at timestamptz(3) NOT NULL,
  id uuid NOT NULL,
  request_id text NOT NULL,
  method text NOT NULL,
  route text NOT NULL,
  path text NOT NULL,
  status integer NOT NULL,
  error_code text,
  duration_ms double precision NOT NULL,
  request_bytes integer NOT NULL,
  response_bytes bigint NOT NULL,
  principal_kind text NOT NULL,
  credential_id uuid NOT NULL,
  user_id uuid,
  ip text,
  user_agent text,
  api_version text,
  request_body text,
  response_body text,
  CONSTRAINT request_logs_pkey PRIMARY KEY (organization_id, created_at, id)
) PARTITION BY RANGE (created_at);
CREATE INDEX request_logs_request ON request_logs (organization_id, request_id, created_at, id);
CREATE INDEX request_logs_status ON request_logs (organization_id, status, created_at, id);
CREATE INDEX request_logs_method ON request_logs (organization_id, method, created_at, id);
CREATE INDEX request_logs_route ON request_logs (organization_id, route, created_at, id);
CREATE INDEX request_logs_credential ON request_logs (organization_id, credential_id, created_at, id);
-- For the erasure of a person, in whichever organizations they acted.
CREATE INDEX request_logs_user ON request_logs (user_id) WHERE user_id IS NOT NULL;
CALL protect_tenant_table('request_logs');
REVOKE UPDATE, DELETE ON request_logs FROM parlance_tenant;

-- Only the owner of a table can give it partitions: these two do it on behalf of the platform door.
-- A partition itself is open to nobody: rows are reached through the table and its policies alone.
CREATE FUNCTION make_request_log_partition(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  partition text := 'request_logs_' || to_char(day, 'YYYYMMDD');
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('request_logs', 16));
  IF to_regclass(partition) IS NOT NULL THEN RETURN; END IF;
  -- Made apart and then attached: CREATE TABLE … PARTITION OF would lock out every reader and writer.
  EXECUTE format('CREATE TABLE %I (LIKE request_logs INCLUDING ALL)', partition);
  EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', partition);
  EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', partition);
  EXECUTE format('ALTER TABLE request_logs ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
    partition, day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
END $$;

-- Drops the oldest partition, if all in it is of days before that one; returns whether it did.
CREATE FUNCTION drop_request_log_partition(first_kept date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  oldest text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('request_logs', 16));
  SELECT c.relname INTO oldest FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = 'request_logs'::regclass AND c.relname < 'request_logs_' || to_char(first_kept, 'YYYYMMDD')
  ORDER BY c.relname LIMIT 1;
  IF oldest IS NULL THEN RETURN false; END IF;
  EXECUTE format('DROP TABLE %I', oldest);
  RETURN true;
END $$;

REVOKE ALL ON FUNCTION make_request_log_partition, drop_request_log_partition FROM PUBLIC;
GRANT EXECUTE ON FUNCTION make_request_log_partition, drop_request_log_partition TO parlance_platform;
