-- Whether members can let in only apps that an admin approved.
ALTER TABLE organizations ADD COLUMN require_app_approval boolean NOT NULL DEFAULT false;

-- What the admins of an organization decided about an app, or are asked to decide.
CREATE TABLE app_approvals (
  id uuid CONSTRAINT app_approvals_pkey PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT app_approvals_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  client_id text NOT NULL,
  -- Null for a client that describes itself by a document.
  application_id uuid CONSTRAINT app_approvals_application_id_fkey REFERENCES oauth_applications ON DELETE CASCADE,
  -- As the person who asked saw it.
  client_name text NOT NULL,
  client_url text,
  status text NOT NULL,
  -- The most that members can let the app do; null until it is approved.
  scopes text[],
  -- What is asked for beyond that.
  requested_scopes text[] NOT NULL DEFAULT '{}',
  requested_by uuid[] NOT NULL DEFAULT '{}',
  requested_at timestamptz,
  decided_by uuid CONSTRAINT app_approvals_decided_by_fkey REFERENCES users ON DELETE SET NULL,
  decided_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT app_approvals_client UNIQUE (organization_id, client_id)
);
CREATE INDEX app_approvals_organization ON app_approvals (organization_id, id);
CREATE INDEX app_approvals_status ON app_approvals (organization_id, status, id);
CREATE INDEX app_approvals_application ON app_approvals (application_id);
CREATE INDEX app_approvals_decider ON app_approvals (decided_by);
CALL protect_tenant_table('app_approvals');
