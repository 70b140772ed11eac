-- What people have let in: one row per grant. Its id is the id of the grant in the protocol.
CREATE TABLE oauth_authorizations (
  id uuid CONSTRAINT oauth_authorizations_pkey PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT oauth_authorizations_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  user_id uuid NOT NULL CONSTRAINT oauth_authorizations_user_id_fkey REFERENCES users ON DELETE CASCADE,
  client_id text NOT NULL,
  -- Null for a client that registered itself.
  application_id uuid CONSTRAINT oauth_authorizations_application_id_fkey REFERENCES oauth_applications ON DELETE CASCADE,
  -- As the person saw it.
  client_name text NOT NULL,
  client_url text,
  scopes text[] NOT NULL,
  -- The grant as oidc-provider keeps it.
  grant_payload jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz,
  ended_at timestamptz
);
CREATE INDEX oauth_authorizations_organization ON oauth_authorizations (organization_id, id) WHERE ended_at IS NULL;
CREATE INDEX oauth_authorizations_of_organization ON oauth_authorizations (organization_id);
CREATE INDEX oauth_authorizations_user ON oauth_authorizations (user_id, client_id);
CREATE INDEX oauth_authorizations_application ON oauth_authorizations (application_id);
CREATE INDEX oauth_authorizations_ended ON oauth_authorizations (ended_at) WHERE ended_at IS NOT NULL;
CALL protect_tenant_table('oauth_authorizations');

-- What the protocol keeps for a while: codes, refresh tokens, sign-ins. Tokens are hashed, and what belongs to them is
-- encrypted under a key derived from APP_SECRET.
CREATE TABLE oauth_records (
  kind text NOT NULL,
  id_hash text NOT NULL,
  grant_id uuid,
  uid_hash text,
  user_code_hash text,
  encrypted_payload text NOT NULL,
  expires_at timestamptz,
  consumed_at timestamptz,
  CONSTRAINT oauth_records_pkey PRIMARY KEY (kind, id_hash)
);
CREATE INDEX oauth_records_grant ON oauth_records (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX oauth_records_uid ON oauth_records (uid_hash) WHERE uid_hash IS NOT NULL;
CREATE INDEX oauth_records_user_code ON oauth_records (user_code_hash) WHERE user_code_hash IS NOT NULL;
CREATE INDEX oauth_records_expiry ON oauth_records (expires_at) WHERE expires_at IS NOT NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON oauth_records TO parlance_platform;
