-- How much an organization stores: knowledge with all its versions, conversations and their messages. Null is unlimited.
ALTER TABLE plans ADD COLUMN storage_mb integer;
UPDATE plans SET storage_mb = CASE code
  WHEN 'free' THEN 100 WHEN 'basic' THEN 1000 WHEN 'pro' THEN 5000 WHEN 'premium' THEN 10000 WHEN 'academic' THEN 50000 END;

-- By how much each change has made an organization's data larger or smaller; their sum is what it stores. A row is only ever
-- added: one counter per organization would keep each of its transactions waiting for the one before.
CREATE TABLE storage_changes (
  organization_id uuid NOT NULL CONSTRAINT storage_changes_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  id uuid NOT NULL,
  bytes bigint NOT NULL,
  CONSTRAINT storage_changes_pkey PRIMARY KEY (organization_id, id)
);
CALL protect_tenant_table('storage_changes');

-- What a row counts. Whatever else is stored gets a function of this name and the three triggers below.
CREATE FUNCTION stored_bytes(c conversations) RETURNS bigint LANGUAGE sql IMMUTABLE AS
  $$ SELECT coalesce(octet_length(c.title), 0) + octet_length(c.metadata::text) $$;
CREATE FUNCTION stored_bytes(m messages) RETURNS bigint LANGUAGE sql IMMUTABLE AS
  $$ SELECT octet_length(m.content) + coalesce(octet_length(m.answer::text), 0) $$;
CREATE FUNCTION stored_bytes(k knowledge) RETURNS bigint LANGUAGE sql IMMUTABLE AS
  $$ SELECT octet_length(k.title) + coalesce(octet_length(k.source), 0) + octet_length(k.metadata::text) $$;
CREATE FUNCTION stored_bytes(v document_versions) RETURNS bigint LANGUAGE sql IMMUTABLE AS
  $$ SELECT octet_length(v.content)::bigint $$;

-- Counts a new or changed row; and for the open transaction by how much it has grown.
CREATE FUNCTION count_storage() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  change bigint := stored_bytes(NEW);
BEGIN
  IF TG_OP = 'UPDATE' THEN change := change - stored_bytes(OLD); END IF;
  IF change <> 0 THEN
    INSERT INTO storage_changes VALUES (NEW.organization_id, gen_random_uuid(), change);
    PERFORM set_config('app.storage_added', (added_storage() + change)::text, true);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION added_storage() RETURNS bigint LANGUAGE sql STABLE AS
  $$ SELECT coalesce(nullif(current_setting('app.storage_added', true), '')::bigint, 0) $$;

-- Counts deleted rows, all of one statement at once: a conversation takes its messages along. What goes with its organization
-- need not be counted any more.
CREATE FUNCTION count_freed_storage() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE format(
    'INSERT INTO storage_changes
     SELECT organization_id, gen_random_uuid(), -sum(stored_bytes(ROW(gone.*)::%s)) FROM gone
     WHERE EXISTS (SELECT FROM organizations o WHERE o.id = gone.organization_id) GROUP BY organization_id', TG_RELID::regclass);
  RETURN NULL;
END $$;

CREATE TRIGGER conversations_stored AFTER INSERT OR UPDATE OF title, metadata ON conversations
  FOR EACH ROW EXECUTE FUNCTION count_storage();
CREATE TRIGGER conversations_freed AFTER DELETE ON conversations
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_freed_storage();
CREATE TRIGGER messages_stored AFTER INSERT OR UPDATE OF content, answer ON messages
  FOR EACH ROW EXECUTE FUNCTION count_storage();
CREATE TRIGGER messages_freed AFTER DELETE ON messages
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_freed_storage();
CREATE TRIGGER knowledge_stored AFTER INSERT OR UPDATE OF title, source, metadata ON knowledge
  FOR EACH ROW EXECUTE FUNCTION count_storage();
CREATE TRIGGER knowledge_freed AFTER DELETE ON knowledge
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_freed_storage();
CREATE TRIGGER document_versions_stored AFTER INSERT OR UPDATE OF content ON document_versions
  FOR EACH ROW EXECUTE FUNCTION count_storage();
CREATE TRIGGER document_versions_freed AFTER DELETE ON document_versions
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_freed_storage();

-- Under which id an organization is counted: its own, or one for all unpaid ones that the same person made.
CREATE FUNCTION budget_of(o organizations) RETURNS uuid LANGUAGE sql IMMUTABLE AS
  $$ SELECT CASE WHEN o.plan = 'free' THEN coalesce(o.budget_id, o.id) ELSE o.id END $$;

-- Which organizations share what one plan lets them store, smallest id first: those of one budget, with their sandboxes.
CREATE FUNCTION storage_peers(organization uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH paying AS (
    SELECT budget_of(payer) AS budget_id FROM organizations asked
    JOIN organizations payer ON payer.id = coalesce(asked.parent_id, asked.id) WHERE asked.id = organization
  ), sharing AS (
    SELECT o.id FROM organizations o, paying
    WHERE o.parent_id IS NULL AND (o.id = paying.budget_id OR o.budget_id = paying.budget_id) AND budget_of(o) = paying.budget_id
  )
  SELECT array_agg(id ORDER BY id) FROM (
    SELECT id FROM sharing UNION ALL SELECT sandbox.id FROM organizations sandbox JOIN sharing ON sandbox.parent_id = sharing.id
  ) AS peers
$$;

-- What the organization of the open transaction and its peers store.
CREATE FUNCTION used_storage() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT coalesce(sum(bytes), 0)::bigint FROM storage_changes
  WHERE organization_id = ANY (storage_peers(current_setting('app.organization_id')::uuid))
$$;

-- The same, and by how much this transaction has added to it. From here to its end the peers wait with the same question, so that
-- no two of them take the same room. Whoever asks sums up the changes for the next ones, when they are many.
CREATE FUNCTION settle_storage(OUT used bigint, OUT added bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  many constant integer := 100;
  peers constant uuid[] := storage_peers(current_setting('app.organization_id')::uuid);
  changes integer;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(peers[1]::text, 31));
  SELECT coalesce(sum(bytes), 0), count(*) INTO used, changes FROM storage_changes WHERE organization_id = ANY (peers);
  IF changes > many THEN
    WITH gone AS (DELETE FROM storage_changes WHERE organization_id = ANY (peers) RETURNING organization_id, bytes)
    INSERT INTO storage_changes SELECT organization_id, gen_random_uuid(), sum(bytes) FROM gone GROUP BY organization_id;
  END IF;
  added := added_storage();
END $$;

-- A function can only be given to a role that may create in its schema.
GRANT CREATE ON SCHEMA public TO parlance_platform;
ALTER FUNCTION count_storage OWNER TO parlance_platform;
ALTER FUNCTION count_freed_storage OWNER TO parlance_platform;
ALTER FUNCTION storage_peers OWNER TO parlance_platform;
ALTER FUNCTION used_storage OWNER TO parlance_platform;
ALTER FUNCTION settle_storage OWNER TO parlance_platform;
REVOKE CREATE ON SCHEMA public FROM parlance_platform;
REVOKE EXECUTE ON FUNCTION storage_peers, used_storage, settle_storage FROM PUBLIC;
GRANT EXECUTE ON FUNCTION used_storage, settle_storage TO parlance_tenant;

-- What is stored already. Nothing can be written meanwhile: the triggers have locked the tables.
DO $$ BEGIN
  SET LOCAL ROLE parlance_platform;
  INSERT INTO storage_changes
  SELECT organization_id, gen_random_uuid(), sum(bytes) FROM (
    SELECT organization_id, stored_bytes(c) AS bytes FROM conversations c
    UNION ALL SELECT organization_id, stored_bytes(m) FROM messages m
    UNION ALL SELECT organization_id, stored_bytes(k) FROM knowledge k
    UNION ALL SELECT organization_id, stored_bytes(v) FROM document_versions v
  ) AS stored GROUP BY organization_id;
  RESET ROLE;
END $$;
