-- A key that a test key had made stood in the sandbox, where the people of the organization could not find it to revoke it. Now all
-- keys stand in the organization itself. First nobody adds one below it any more, neither a server of the version before.
CREATE OR REPLACE FUNCTION refuse_keys_of_sandboxes() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM organizations WHERE id = NEW.organization_id AND parent_id IS NOT NULL) THEN
    RAISE EXCEPTION 'a sandbox has no API keys: its organization has them' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER api_keys_above_sandboxes BEFORE INSERT OR UPDATE OF organization_id ON api_keys
FOR EACH ROW EXECUTE FUNCTION refuse_keys_of_sandboxes();

DO $$ BEGIN
  SET LOCAL ROLE parlance_platform;
  UPDATE api_keys SET organization_id = parent_id
  FROM organizations WHERE organizations.id = organization_id AND parent_id IS NOT NULL;
END $$;

-- What a test key lists, among however many live keys.
DROP INDEX CONCURRENTLY IF EXISTS api_keys_test;

CREATE INDEX CONCURRENTLY api_keys_test ON api_keys (organization_id, id) WHERE revoked_at IS NULL AND environment = 'test';
