-- Files beside the results of a task, stored and deleted with them.
CREATE TABLE task_files (
  organization_id uuid NOT NULL CONSTRAINT task_files_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  task_id uuid NOT NULL CONSTRAINT task_files_task_id_fkey REFERENCES tasks ON DELETE CASCADE,
  name text NOT NULL,
  content_type text NOT NULL,
  bytes integer NOT NULL,
  content bytea NOT NULL,
  CONSTRAINT task_files_pkey PRIMARY KEY (organization_id, task_id, name)
);
-- Files are read in parts, which needs no decompression of the whole if they are not compressed.
ALTER TABLE task_files ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE INDEX task_files_task ON task_files (task_id);
CALL protect_tenant_table('task_files');
