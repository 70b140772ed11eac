-- The version of the API that a key's requests are answered in. Keys from before there were versions get the one of this day.
ALTER TABLE api_keys ADD COLUMN api_version text NOT NULL DEFAULT '2026-11-22';
ALTER TABLE api_keys ALTER COLUMN api_version DROP DEFAULT;
