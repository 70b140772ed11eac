-- What access tokens are signed with. The private half is encrypted under a key derived from APP_SECRET.
CREATE TABLE signing_keys (
  id text CONSTRAINT signing_keys_pkey PRIMARY KEY,
  algorithm text NOT NULL,
  public_jwk jsonb NOT NULL,
  encrypted_private_key text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  -- Signs from then on, until a younger one does.
  active_from timestamptz NOT NULL,
  -- Verifies until then; for ever when null.
  expires_at timestamptz
);
GRANT SELECT, INSERT, UPDATE, DELETE ON signing_keys TO parlance_platform;
