CREATE TABLE notifications (
  id uuid CONSTRAINT notifications_pkey PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT notifications_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  -- Whom it concerns; everybody in the organization when null.
  user_id uuid CONSTRAINT notifications_user_id_fkey REFERENCES users ON DELETE CASCADE,
  type text NOT NULL,
  title text NOT NULL,
  message text NOT NULL,
  data jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  read_at timestamptz
);
CREATE INDEX notifications_organization ON notifications (organization_id, id);
CALL protect_tenant_table('notifications');
