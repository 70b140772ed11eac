-- Which notifications of the whole organization a person has read. Whoever reads one hides it from nobody else.
CREATE TABLE notification_reads (
  organization_id uuid NOT NULL CONSTRAINT notification_reads_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  user_id uuid NOT NULL CONSTRAINT notification_reads_user_id_fkey REFERENCES users ON DELETE CASCADE,
  notification_id uuid NOT NULL CONSTRAINT notification_reads_notification_id_fkey REFERENCES notifications ON DELETE CASCADE,
  read_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT notification_reads_pkey PRIMARY KEY (organization_id, user_id, notification_id)
);
CREATE INDEX notification_reads_user ON notification_reads (user_id);
CREATE INDEX notification_reads_notification ON notification_reads (notification_id);
CALL protect_tenant_table('notification_reads');

-- When a program of the organization has read it: its keys have one state together. What `read_at` says of a notification of the
-- whole organization is from before: it was read by all then, and stays so.
ALTER TABLE notifications ADD COLUMN read_by_programs_at timestamptz;
