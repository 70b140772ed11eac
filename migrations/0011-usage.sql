-- Requests per credential, day (UTC) and route.
CREATE TABLE usage_records (
  organization_id uuid NOT NULL CONSTRAINT usage_records_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  credential_id uuid NOT NULL,
  day date NOT NULL,
  route text NOT NULL,
  requests bigint NOT NULL DEFAULT 0,
  CONSTRAINT usage_records_pkey PRIMARY KEY (organization_id, credential_id, day, route)
);
CREATE INDEX usage_records_day ON usage_records (organization_id, day);
CALL protect_tenant_table('usage_records');
