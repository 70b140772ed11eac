-- Who did what to which, from where. Rows of one organization form a chain: each carries an HMAC over itself and over the
-- hash of the row before it. What concerns no organization stands under the nil UUID, so there is no foreign key.
CREATE TABLE audit_log (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  sequence bigint NOT NULL,
  action text NOT NULL,
  actor_kind text NOT NULL,
  actor_id text,
  target_type text NOT NULL,
  target_id text NOT NULL,
  details jsonb NOT NULL DEFAULT '{}',
  -- Address and client of the caller. Erased with the person: the hash covers only its salted digest.
  origin jsonb,
  origin_digest text,
  request_id text,
  -- In milliseconds, as the hash has them: a finer change could not be told.
  created_at timestamptz(3) NOT NULL,
  hash text NOT NULL,
  -- An index on the id alone would tempt PostgreSQL to walk through everybody's entries for a page of one organization's.
  CONSTRAINT audit_log_pkey PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX audit_log_chain ON audit_log (organization_id, sequence);
CREATE INDEX audit_log_action ON audit_log (organization_id, action, id);
CREATE INDEX audit_log_actor ON audit_log (organization_id, actor_id, id);
CREATE INDEX audit_log_target ON audit_log (organization_id, target_id, id);
-- For the erasure of a person, in whichever organizations they acted.
CREATE INDEX audit_log_origins ON audit_log (actor_id) WHERE origin IS NOT NULL;
CALL protect_tenant_table('audit_log');
REVOKE UPDATE, DELETE ON audit_log FROM parlance_tenant, parlance_platform;
-- Only the erasure of an origin; the trigger below sees to it.
GRANT UPDATE (origin) ON audit_log TO parlance_platform;
GRANT DELETE ON audit_log TO parlance_platform;

-- The end of each chain, under a code of its own: without it nobody could tell that the newest rows were cut off.
CREATE TABLE audit_heads (
  organization_id uuid CONSTRAINT audit_heads_pkey PRIMARY KEY,
  sequence bigint NOT NULL DEFAULT 0,
  hash text NOT NULL DEFAULT '',
  seal text NOT NULL DEFAULT ''
  -- Each entry rewrites its head: with room on the page the new version stays there and no index is touched (HOT).
) WITH (fillfactor = 20);
CALL protect_tenant_table('audit_heads');
REVOKE DELETE ON audit_heads FROM parlance_tenant;

CREATE FUNCTION keep_audit_log() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.origin IS NULL AND to_jsonb(NEW) - 'origin' = to_jsonb(OLD) - 'origin' THEN RETURN NEW; END IF;
  ELSIF TG_OP = 'DELETE' THEN
    -- A chain goes with its organization, as a whole.
    IF OLD.organization_id <> '00000000-0000-0000-0000-000000000000'
       AND NOT EXISTS (SELECT FROM organizations WHERE id = OLD.organization_id) THEN RETURN OLD; END IF;
  END IF;
  RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_log_keep BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION keep_audit_log();
CREATE TRIGGER audit_log_keep_all BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_log();
CREATE TRIGGER audit_heads_keep BEFORE DELETE ON audit_heads FOR EACH ROW EXECUTE FUNCTION keep_audit_log();
CREATE TRIGGER audit_heads_keep_all BEFORE TRUNCATE ON audit_heads FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_log();
