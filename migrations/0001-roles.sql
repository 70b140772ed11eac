-- Two roles, one per door to the database. Row-level security tells them apart; neither can log in.
-- Roles belong to the whole cluster: another database of it may have made them already, or be making them now.
DO $$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['parlance_tenant', 'parlance_platform'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
      END;
    END IF;
    -- An administrator may have granted them to us beforehand; SET ROLE tells whether we have what we need.
    BEGIN
      EXECUTE format('GRANT %I TO CURRENT_USER', role);
    EXCEPTION WHEN insufficient_privilege THEN
      EXECUTE format('SET LOCAL ROLE %I', role);
      RESET ROLE;
    END;
  END LOOP;
END $$;
GRANT USAGE ON SCHEMA public TO parlance_tenant, parlance_platform;

-- Makes a table with an organization_id a tenant table: each organization sees its own rows, the platform door sees all.
CREATE PROCEDURE protect_tenant_table(tenant_table regclass, condition text DEFAULT 'organization_id = current_setting(''app.organization_id'')::uuid')
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tenant_table);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tenant_table);
  EXECUTE format('CREATE POLICY tenant ON %s TO parlance_tenant USING (%s)', tenant_table, condition);
  EXECUTE format('CREATE POLICY platform ON %s TO parlance_platform USING (true)', tenant_table);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO parlance_tenant, parlance_platform', tenant_table);
END $$;
