-- Terms have several forms, those that no passage has count nothing, and the rank is that of BM25 as far as it goes: what a
-- term is worth by how rare it is, and saturates with how often a passage has it.
DROP FUNCTION find_passages(tsquery[], tsquery[], real[], tsquery[], real[], real, integer);

-- The passages that answer best. Candidates meet one of the conditions, which are tried from strict to loose until one has
-- enough, and of each no more than `most` are ranked. A passage that holds less than the least share of the question is left
-- out. Each term comes with an OR of its other forms, or none. Pairs of terms side by side decide among the best.
CREATE FUNCTION find_passages(
  conditions tsquery[], terms tsquery[], others tsquery[], shares real[], weights real[], pairs tsquery[],
  pair_weights real[], least_share real, how_many integer
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
  -- As in BM25: how soon a term saturates, how much a long passage counts less, and how many words are usual.
  saturation constant real := 0.3;
  by_length constant real := 0.75;
  usual_length constant real := 100;
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
         least(1, ranked.share)::real, ranked.rank + near.rank AS rank
  FROM (
    SELECT c.ctid, held.share, held.rank, unpacked.half
    FROM passages c
    -- Makes a copy in memory, so that a compressed one is unpacked once and not for each term again.
    CROSS JOIN LATERAL (
      SELECT c.search || '' AS search,
             saturation * (1 - by_length + by_length * length(c.search) / usual_length) AS half
      OFFSET 0
    ) AS unpacked
    CROSS JOIN LATERAL (
      SELECT sum(w.share) FILTER (WHERE w.rank > 0) AS share, sum(w.weight * w.rank / (w.rank + unpacked.half)) AS rank
      FROM (
        -- The rank of an OR is a mean; of the forms of a word one is as good as all.
        SELECT t.share, t.weight,
               CASE WHEN t.other IS NULL THEN ts_rank(places, unpacked.search, t.term, 0)
                    ELSE greatest(ts_rank(places, unpacked.search, t.term, 0),
                                  (numnode(t.other) + 1) / 2 * ts_rank(places, unpacked.search, t.other, 0)) END AS rank
        FROM unnest(terms, others, shares, weights) AS t(term, other, share, weight)
      ) AS w
    ) AS held
    WHERE c.ctid = ANY (candidates) AND held.share >= least_share
    ORDER BY held.rank DESC, c.ctid LIMIT greatest(best, how_many)
  ) AS ranked
  JOIN passages p ON p.ctid = ranked.ctid
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(w.weight * w.rank / (w.rank + ranked.half)), 0) AS rank
    FROM (
      SELECT t.weight, ts_rank(places, p.search, t.pair, 0) AS rank FROM unnest(pairs, pair_weights) AS t(pair, weight)
      WHERE p.search @@ t.pair
    ) AS w
  ) AS near
  ORDER BY rank DESC, p.ctid LIMIT how_many;
END $$;

-- How many passages have each of the terms, up to `enough`: for terms of which few are known.
CREATE FUNCTION count_few(terms tsquery[], enough integer) RETURNS integer[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET jit = off
AS $$
DECLARE
  tenant constant uuid := current_setting('app.organization_id');
  term tsquery;
  found integer;
  counts integer[];
BEGIN
  FOREACH term IN ARRAY terms LOOP
    SELECT count(*) INTO found FROM (
      SELECT FROM passages WHERE search @@ term AND (organization_id = tenant) IS TRUE LIMIT enough
    ) AS few;
    counts := counts || found;
  END LOOP;
  RETURN counts;
END $$;

-- A function can only be given to a role that may create in its schema.
GRANT CREATE ON SCHEMA public TO parlance_platform;
ALTER FUNCTION find_passages OWNER TO parlance_platform;
ALTER FUNCTION count_few OWNER TO parlance_platform;
REVOKE CREATE ON SCHEMA public FROM parlance_platform;
REVOKE EXECUTE ON FUNCTION find_passages, count_few FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_passages, count_few TO parlance_tenant;

-- By which rules the words of the indexed version were found: passages of older ones are made again in the background.
ALTER TABLE knowledge ADD COLUMN indexed_with integer NOT NULL DEFAULT 0;
