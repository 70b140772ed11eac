-- How many mails somebody caused or got, by what is counted and an HMAC of whom: it outlives invitations, accounts and organizations.
CREATE TABLE mail_counts (
  subject text CONSTRAINT mail_counts_pkey PRIMARY KEY,
  count integer NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX mail_counts_expires_at ON mail_counts (expires_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON mail_counts TO parlance_platform;
