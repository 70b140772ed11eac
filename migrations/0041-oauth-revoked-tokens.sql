-- Access tokens of client credentials that were given back before they expired. Others end with their authorization.
CREATE TABLE oauth_revoked_tokens (
  id text CONSTRAINT oauth_revoked_tokens_pkey PRIMARY KEY,
  expires_at timestamptz NOT NULL
);
CREATE INDEX oauth_revoked_tokens_expiry ON oauth_revoked_tokens (expires_at);
GRANT SELECT, INSERT, DELETE ON oauth_revoked_tokens TO parlance_platform;
