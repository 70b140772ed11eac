-- Data sources whose content is a copy of a table of an outside database.
ALTER TABLE data_sources
  ADD COLUMN connection jsonb,
  ADD COLUMN encrypted_password text,
  -- The plan of the caller who asked for the copy.
  ADD COLUMN plan text,
  ADD COLUMN read_at timestamptz;
