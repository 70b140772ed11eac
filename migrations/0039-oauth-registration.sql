-- Clients that registered themselves (RFC 7591) are applications too. Their organization is that of the registration token;
-- one that registered without a token belongs to none, so that no tenant sees it.
ALTER TABLE oauth_applications ALTER COLUMN organization_id DROP NOT NULL;
ALTER TABLE oauth_applications ADD COLUMN registered_metadata jsonb;
CREATE INDEX oauth_applications_open ON oauth_applications (created_at) WHERE organization_id IS NULL;

-- With which clients register in an organization. The token is stored as its HMAC.
CREATE TABLE oauth_registration_tokens (
  id uuid CONSTRAINT oauth_registration_tokens_pkey PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT oauth_registration_tokens_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  created_by uuid CONSTRAINT oauth_registration_tokens_created_by_fkey REFERENCES users ON DELETE SET NULL,
  token_hash text NOT NULL CONSTRAINT oauth_registration_tokens_hash UNIQUE,
  hint text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX oauth_registration_tokens_organization ON oauth_registration_tokens (organization_id, id);
CREATE INDEX oauth_registration_tokens_creator ON oauth_registration_tokens (created_by);
CREATE INDEX oauth_registration_tokens_expiry ON oauth_registration_tokens (expires_at);
CALL protect_tenant_table('oauth_registration_tokens');
