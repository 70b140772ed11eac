-- Requests under an Idempotency-Key with their answers, for 24 hours. Callers without a credential have the nil UUID.
CREATE TABLE idempotency_records (
  organization_id uuid NOT NULL,
  key text NOT NULL,
  fingerprint text NOT NULL,
  holder uuid,
  lease_until timestamptz,
  progress jsonb,
  status integer,
  headers jsonb,
  encrypted_body text,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  CONSTRAINT idempotency_records_pkey PRIMARY KEY (organization_id, key)
);
CREATE INDEX idempotency_records_expiry ON idempotency_records (expires_at);
CALL protect_tenant_table('idempotency_records');
