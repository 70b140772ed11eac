CREATE TABLE knowledge (
  id uuid CONSTRAINT knowledge_pkey PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT knowledge_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  title text NOT NULL,
  collection text NOT NULL DEFAULT 'default',
  source text,
  metadata jsonb NOT NULL DEFAULT '{}',
  -- The newest version, and the one that searches see: they differ while the newest is being indexed.
  version integer NOT NULL DEFAULT 1,
  indexed_version integer,
  status text NOT NULL DEFAULT 'processing',
  progress integer NOT NULL DEFAULT 0,
  error text,
  passage_count integer NOT NULL DEFAULT 0,
  lease_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX knowledge_organization ON knowledge (organization_id, id);
CREATE INDEX knowledge_collection ON knowledge (organization_id, collection, id);
CREATE INDEX knowledge_processing ON knowledge (id) WHERE status = 'processing';
CALL protect_tenant_table('knowledge');

-- The text of every version that an answer may have quoted. Written once, never changed, deleted with its document.
CREATE TABLE document_versions (
  organization_id uuid NOT NULL CONSTRAINT document_versions_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  document_id uuid NOT NULL,
  version integer NOT NULL,
  content text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT document_versions_pkey PRIMARY KEY (organization_id, document_id, version)
);
CALL protect_tenant_table('document_versions');

-- What searches find: a stretch of one version, by its offsets in Unicode code points.
CREATE TABLE passages (
  id uuid CONSTRAINT passages_pkey PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT passages_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  document_id uuid NOT NULL,
  version integer NOT NULL,
  ordinal integer NOT NULL,
  start_offset integer NOT NULL,
  end_offset integer NOT NULL,
  title text NOT NULL,
  headings text[] NOT NULL,
  collection text NOT NULL,
  text text NOT NULL,
  word_count integer NOT NULL,
  search tsvector NOT NULL
);
CREATE INDEX passages_document ON passages (organization_id, document_id);
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE INDEX passages_search ON passages USING gin (organization_id, search);
CALL protect_tenant_table('passages');
