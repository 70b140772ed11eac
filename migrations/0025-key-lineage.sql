-- The key that made a key. Keys that descend from one another share their limits, and none outlives the one that made it.
ALTER TABLE api_keys ADD COLUMN parent_id uuid
  CONSTRAINT api_keys_parent_id_fkey REFERENCES api_keys ON DELETE SET NULL;

-- For keys that exist, the audit log tells who made them.
DO $$ BEGIN
  SET LOCAL ROLE parlance_platform;
  UPDATE api_keys child SET parent_id = parent.id
  FROM audit_log entry JOIN api_keys parent ON parent.id::text = entry.actor_id AND parent.organization_id = entry.organization_id
  WHERE entry.organization_id = child.organization_id AND entry.target_id = child.id::text
    AND entry.action = 'api_key.created' AND entry.actor_kind = 'api_key' AND parent.id <> child.id;
  RESET ROLE;
END $$;
