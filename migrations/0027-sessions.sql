-- A sign-in through a proxy that names no address has none.
ALTER TABLE sessions ALTER COLUMN ip DROP NOT NULL;
UPDATE sessions SET ip = NULL WHERE ip = 'unknown';

-- A session ends 90 days after its sign-in (SESSION_MAX_DAYS), however often it was refreshed.
UPDATE sessions SET expires_at = created_at + interval '90 days' WHERE expires_at > created_at + interval '90 days';
