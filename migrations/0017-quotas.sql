-- Batches of counted requests that stand in usage_records already: whoever comes upon one again does not add it twice.
CREATE TABLE usage_batches (
  id uuid CONSTRAINT usage_batches_pkey PRIMARY KEY,
  added_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX usage_batches_added ON usage_batches (added_at);
GRANT SELECT, INSERT, DELETE ON usage_batches TO parlance_platform;

-- What an organization has used in a month (UTC), and what is set aside for work under way; one row, so that one statement
-- decides. "told" is the highest share, in percent, of which an event tells.
CREATE TABLE quota_months (
  organization_id uuid NOT NULL CONSTRAINT quota_months_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  -- Its first day.
  month date NOT NULL,
  tokens_used bigint NOT NULL DEFAULT 0,
  tokens_reserved bigint NOT NULL DEFAULT 0,
  tokens_told integer NOT NULL DEFAULT 0,
  messages_used bigint NOT NULL DEFAULT 0,
  messages_reserved bigint NOT NULL DEFAULT 0,
  messages_told integer NOT NULL DEFAULT 0,
  tasks_used bigint NOT NULL DEFAULT 0,
  tasks_reserved bigint NOT NULL DEFAULT 0,
  tasks_told integer NOT NULL DEFAULT 0,
  CONSTRAINT quota_months_pkey PRIMARY KEY (organization_id, month)
) WITH (fillfactor = 50);
CALL protect_tenant_table('quota_months');

-- What is set aside, by the work for which it is: released when its lease runs out, because then the process has died.
CREATE TABLE quota_reservations (
  organization_id uuid NOT NULL CONSTRAINT quota_reservations_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  id uuid NOT NULL,
  month date NOT NULL,
  tokens bigint NOT NULL,
  messages bigint NOT NULL,
  tasks bigint NOT NULL,
  lease_until timestamptz NOT NULL,
  CONSTRAINT quota_reservations_pkey PRIMARY KEY (organization_id, id)
);
CREATE INDEX quota_reservations_lease ON quota_reservations (lease_until);
CALL protect_tenant_table('quota_reservations');
