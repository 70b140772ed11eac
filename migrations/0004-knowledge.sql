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
  search tsvector NOT NULL
);
-- Kept in the row and uncompressed, if at all possible: a search ranks hundreds of rows by it.
ALTER TABLE passages ALTER COLUMN search SET STORAGE MAIN;
CREATE INDEX passages_document ON passages (organization_id, document_id);
-- Its lexemes are marked with their organization. No pending list: every search would have to read it through.
CREATE INDEX passages_search ON passages USING gin (search) WITH (fastupdate = off);
CALL protect_tenant_table('passages');

-- Under row-level security a tenant's search cannot use an index, for `@@` is not leakproof. So the two searches below run
-- as the platform's role, and look by themselves at no organization but that of the open transaction.
-- The settings keep the planner, which knows nothing of organizations, from any plan but the one through the index.

-- How many passages there are in all, and with each of the terms. Many are counted about, in a sample: the smallest that
-- is large enough, each sample being half of the one before it, and the first one all there is. So it takes little more
-- work for a million passages than for a thousand.
CREATE FUNCTION count_passages(samples tsquery[], terms tsquery[], OUT total bigint, OUT counts bigint[])
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET jit = off
AS $$
DECLARE
  tenant constant uuid := current_setting('app.organization_id');
  sample_size constant integer := 1000;
  too_few constant integer := 20;
  level integer := cardinality(samples);
  term tsquery;
  found bigint;
BEGIN
  LOOP
    SELECT count(*) INTO found FROM passages WHERE search @@ samples[level] AND (organization_id = tenant) IS TRUE;
    EXIT WHEN found >= sample_size OR level = 1;
    level := level - 1;
  END LOOP;
  total := found << (level - 1);
  FOREACH term IN ARRAY terms LOOP
    SELECT count(*) INTO found FROM passages
    WHERE search @@ (term && samples[level]) AND (organization_id = tenant) IS TRUE;
    IF level > 1 AND found < too_few THEN
      SELECT count(*) INTO found FROM (
        SELECT FROM passages WHERE search @@ term AND (organization_id = tenant) IS TRUE LIMIT too_few << level
      ) AS few;
    ELSE
      found := found << (level - 1);
    END IF;
    counts := counts || found;
  END LOOP;
END $$;

-- The passages that answer best. Candidates meet one of the conditions, which are tried from strict to loose until one has
-- enough, and of each no more than `most` are ranked. Weights are shares of the question; a passage that holds less than the
-- least share of it is left out. Pairs of terms side by side decide among the best.
CREATE FUNCTION find_passages(
  conditions tsquery[], terms tsquery[], weights real[], pairs tsquery[], pair_weights real[], least_share real,
  how_many integer
)
RETURNS TABLE (
  document_id uuid, version integer, title text, headings text[], text text, start_offset integer, end_offset integer,
  share real, rank double precision
)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET jit = off
AS $$
DECLARE
  tenant constant uuid := current_setting('app.organization_id');
  enough constant integer := 40;
  most constant integer := 500;
  best constant integer := 50;
  -- How much a place counts: in an entry of a list of links, in the text, in a title or outer heading, in the heading.
  places constant real[] := '{0.05, 0.4, 0.4, 1}';
  condition tsquery;
  matches tid[];
  candidates tid[];
BEGIN
  FOREACH condition IN ARRAY conditions LOOP
    SELECT array_agg(matching.ctid) INTO matches FROM (
      SELECT p.ctid FROM passages p WHERE p.search @@ condition AND (p.organization_id = tenant) IS TRUE LIMIT most
    ) AS matching;
    -- Those of stricter conditions stay: among the many of this one they might be cut off.
    candidates := candidates || matches;
    EXIT WHEN cardinality(matches) >= greatest(enough, how_many);
  END LOOP;
  RETURN QUERY
  SELECT p.document_id, p.version, p.title, p.headings, p.text, p.start_offset, p.end_offset,
         least(1, ranked.share)::real, sqrt(ranked.share) * (ranked.rank + near.rank) AS rank
  FROM (
    SELECT c.ctid, held.share, held.rank
    FROM passages c
    -- Makes a copy in memory, so that a compressed one is unpacked once and not for each term again.
    CROSS JOIN LATERAL (SELECT c.search || '' AS search OFFSET 0) AS unpacked
    CROSS JOIN LATERAL (
      SELECT sum(w.weight) FILTER (WHERE w.rank > 0) AS share, sum(w.weight * w.rank) AS rank
      FROM (
        SELECT t.weight, ts_rank(places, unpacked.search, t.term, 1) AS rank FROM unnest(terms, weights) AS t(term, weight)
      ) AS w
    ) AS held
    WHERE c.ctid = ANY (candidates) AND held.share >= least_share
    ORDER BY sqrt(held.share) * held.rank DESC, c.ctid LIMIT greatest(best, how_many)
  ) AS ranked
  JOIN passages p ON p.ctid = ranked.ctid
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(w.weight * ts_rank(places, p.search, w.pair, 1)), 0) AS rank
    FROM unnest(pairs, pair_weights) AS w(pair, weight)
    WHERE p.search @@ w.pair
  ) AS near
  ORDER BY rank DESC, p.ctid LIMIT how_many;
END $$;

-- A function can only be given to a role that may create in its schema.
GRANT CREATE ON SCHEMA public TO parlance_platform;
ALTER FUNCTION count_passages OWNER TO parlance_platform;
ALTER FUNCTION find_passages OWNER TO parlance_platform;
REVOKE CREATE ON SCHEMA public FROM parlance_platform;
REVOKE EXECUTE ON FUNCTION count_passages, find_passages FROM PUBLIC;
GRANT EXECUTE ON FUNCTION count_passages, find_passages TO parlance_tenant;
