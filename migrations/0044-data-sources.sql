-- Files that tasks analyze. Their bytes are in pieces, so that no process ever holds a whole file.
CREATE TABLE data_sources (
  id uuid CONSTRAINT data_sources_pkey PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT data_sources_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  name text NOT NULL,
  format text NOT NULL,
  status text NOT NULL DEFAULT 'empty',
  error text,
  -- The upload whose pieces are the content.
  upload_id uuid,
  bytes bigint NOT NULL DEFAULT 0,
  profile jsonb,
  -- Roles of columns that people have corrected.
  roles jsonb NOT NULL DEFAULT '{}',
  attempts integer NOT NULL DEFAULT 0,
  -- The run that reads it; another may take it over when the lease has expired.
  holder uuid,
  lease_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT data_sources_name UNIQUE (organization_id, name)
);
CREATE INDEX data_sources_organization ON data_sources (organization_id, id);
CREATE INDEX data_sources_profiling ON data_sources (id) WHERE status = 'profiling';
CALL protect_tenant_table('data_sources');

CREATE TABLE data_source_pieces (
  organization_id uuid NOT NULL CONSTRAINT data_source_pieces_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  data_source_id uuid NOT NULL CONSTRAINT data_source_pieces_data_source_id_fkey REFERENCES data_sources ON DELETE CASCADE,
  upload_id uuid NOT NULL,
  position integer NOT NULL,
  content bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT data_source_pieces_pkey PRIMARY KEY (organization_id, upload_id, position)
);
CREATE INDEX data_source_pieces_data_source ON data_source_pieces (data_source_id);
CREATE INDEX data_source_pieces_first ON data_source_pieces (created_at) WHERE position = 0;
-- Compressing what is often compressed already costs time and gains little.
ALTER TABLE data_source_pieces ALTER COLUMN content SET STORAGE EXTERNAL;
CALL protect_tenant_table('data_source_pieces');

CREATE FUNCTION stored_bytes(p data_source_pieces) RETURNS bigint LANGUAGE sql IMMUTABLE AS
  $$ SELECT octet_length(p.content)::bigint $$;
CREATE TRIGGER data_source_pieces_stored AFTER INSERT ON data_source_pieces
  FOR EACH ROW EXECUTE FUNCTION count_storage();
CREATE TRIGGER data_source_pieces_freed AFTER DELETE ON data_source_pieces
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_freed_storage();
