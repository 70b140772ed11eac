CREATE TABLE users (
  id uuid CONSTRAINT users_pkey PRIMARY KEY,
  email text NOT NULL CONSTRAINT users_email_key UNIQUE,
  name text,
  password_hash text NOT NULL,
  is_active boolean NOT NULL DEFAULT true,
  is_verified boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, UPDATE, DELETE ON users TO parlance_platform;

CREATE TABLE organizations (
  id uuid CONSTRAINT organizations_pkey PRIMARY KEY,
  name text NOT NULL,
  plan text NOT NULL DEFAULT 'free',
  environment text NOT NULL DEFAULT 'live',
  parent_id uuid CONSTRAINT organizations_parent_id_fkey REFERENCES organizations ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now()
);
-- One sandbox per organization.
CREATE UNIQUE INDEX organizations_parent_id_key ON organizations (parent_id);
CALL protect_tenant_table('organizations',
  'id = current_setting(''app.organization_id'')::uuid OR parent_id = current_setting(''app.organization_id'')::uuid');

CREATE TABLE memberships (
  organization_id uuid NOT NULL CONSTRAINT memberships_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  user_id uuid NOT NULL CONSTRAINT memberships_user_id_fkey REFERENCES users ON DELETE CASCADE,
  role text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT memberships_pkey PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX memberships_user ON memberships (user_id);
CALL protect_tenant_table('memberships');

CREATE TABLE sessions (
  id uuid CONSTRAINT sessions_pkey PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT sessions_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  user_id uuid NOT NULL CONSTRAINT sessions_user_id_fkey REFERENCES users ON DELETE CASCADE,
  -- How often the refresh token was exchanged: tokens of older generations are spent.
  generation integer NOT NULL DEFAULT 0,
  ip text NOT NULL,
  user_agent text,
  created_at timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  ended_at timestamptz
);
CREATE INDEX sessions_user_ip ON sessions (user_id, ip);
CALL protect_tenant_table('sessions');

CREATE TABLE api_keys (
  id uuid CONSTRAINT api_keys_pkey PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT api_keys_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  created_by uuid CONSTRAINT api_keys_created_by_fkey REFERENCES users ON DELETE SET NULL,
  name text NOT NULL,
  environment text NOT NULL,
  hint text NOT NULL,
  hash text NOT NULL CONSTRAINT api_keys_hash_key UNIQUE,
  scopes text[] NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
CREATE INDEX api_keys_organization ON api_keys (organization_id, id) WHERE revoked_at IS NULL;
CALL protect_tenant_table('api_keys');
