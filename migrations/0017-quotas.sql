-- Batches of counted requests that stand in usage_records already: whoever comes upon one again does not add it twice.
CREATE TABLE usage_batches (
  id uuid CONSTRAINT usage_batches_pkey PRIMARY KEY,
  added_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX usage_batches_added ON usage_batches (added_at);
GRANT SELECT, INSERT, DELETE ON usage_batches TO parlance_platform;
