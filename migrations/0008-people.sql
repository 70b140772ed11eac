ALTER TABLE users ADD COLUMN is_superuser boolean NOT NULL DEFAULT false;

ALTER TABLE organizations
  ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN suspended_at timestamptz,
  -- Closed at once, gone for good at purge_at.
  ADD COLUMN deleted_at timestamptz,
  ADD COLUMN purge_at timestamptz;
CREATE INDEX organizations_purge ON organizations (purge_at) WHERE purge_at IS NOT NULL;

ALTER TABLE memberships ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();

CREATE TABLE invitations (
  id uuid CONSTRAINT invitations_pkey PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT invitations_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  email text NOT NULL,
  role text NOT NULL,
  invited_by uuid CONSTRAINT invitations_invited_by_fkey REFERENCES users ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  accepted_at timestamptz,
  revoked_at timestamptz
);
CREATE INDEX invitations_organization ON invitations (organization_id, id);
-- One open invitation per address.
CREATE UNIQUE INDEX invitations_open ON invitations (organization_id, email)
  WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE INDEX invitations_email ON invitations (email);
CALL protect_tenant_table('invitations');

ALTER TABLE sessions
  -- When the person last proved who they are, by password.
  ADD COLUMN authenticated_at timestamptz NOT NULL DEFAULT now(),
  -- When the refresh token was last exchanged.
  ADD COLUMN refreshed_at timestamptz;
CREATE INDEX sessions_user_open ON sessions (user_id, id) WHERE ended_at IS NULL;

-- What a link in a mail allows, once. The link's secret is an HMAC of the id and is not stored.
CREATE TABLE one_time_tokens (
  id uuid CONSTRAINT one_time_tokens_pkey PRIMARY KEY,
  user_id uuid NOT NULL CONSTRAINT one_time_tokens_user_id_fkey REFERENCES users ON DELETE CASCADE,
  purpose text NOT NULL,
  -- The address that it was sent to, and that it confirms.
  email text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX one_time_tokens_user ON one_time_tokens (user_id, purpose);
CREATE INDEX one_time_tokens_email ON one_time_tokens (email);
GRANT SELECT, INSERT, UPDATE, DELETE ON one_time_tokens TO parlance_platform;

-- For the erasure of a person: what events tell of them.
CREATE INDEX events_person ON events ((payload->>'user_id')) WHERE payload->>'user_id' IS NOT NULL;

-- Failed sign-ins per pair of account and address, both under an HMAC: it need not be an account that exists.
CREATE TABLE sign_in_failures (
  pair text CONSTRAINT sign_in_failures_pkey PRIMARY KEY,
  account text NOT NULL,
  failures integer NOT NULL,
  since timestamptz NOT NULL
);
CREATE INDEX sign_in_failures_account ON sign_in_failures (account);
CREATE INDEX sign_in_failures_since ON sign_in_failures (since);
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_failures TO parlance_platform;
