-- Third-party apps, registered by an organization. The id is the `client_id`.
CREATE TABLE oauth_applications (
  id uuid CONSTRAINT oauth_applications_pkey PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT oauth_applications_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  created_by uuid CONSTRAINT oauth_applications_created_by_fkey REFERENCES users ON DELETE SET NULL,
  name text NOT NULL,
  description text,
  homepage_url text,
  logo_url text,
  redirect_uris text[] NOT NULL,
  scopes text[] NOT NULL,
  kind text NOT NULL,
  status text NOT NULL DEFAULT 'active',
  -- HMAC of the client secret; null for a public application.
  secret_hash text,
  secret_hint text,
  secret_rotated_at timestamptz,
  -- The secret before the last rotation, valid until then.
  previous_secret_hash text,
  previous_secret_expires_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX oauth_applications_organization ON oauth_applications (organization_id, id);
CREATE INDEX oauth_applications_creator ON oauth_applications (created_by);
CALL protect_tenant_table('oauth_applications');
