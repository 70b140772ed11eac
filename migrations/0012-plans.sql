-- What each plan allows. Data, so that an operator can change it without a build; null is unlimited.
CREATE TABLE plans (
  code text CONSTRAINT plans_pkey PRIMARY KEY,
  -- Lowest first.
  rank integer NOT NULL CONSTRAINT plans_rank_key UNIQUE,
  requests_per_minute integer,
  -- Requests at the same time.
  in_flight integer,
  requests_per_day integer,
  tokens_per_month integer,
  messages_per_month integer,
  tasks_per_month integer,
  features text[] NOT NULL DEFAULT '{}'
);
GRANT SELECT, UPDATE ON plans TO parlance_platform;

INSERT INTO plans VALUES
  ('free', 1, 60, 10, 100, 50000, 1000, 10, '{}'),
  ('basic', 2, 120, 20, 1000, 500000, 10000, 100, '{}'),
  ('pro', 3, 300, 50, 5000, 2000000, 50000, 500, '{webhooks, research}'),
  ('premium', 4, 600, 60, 10000, 5000000, 100000, 1000, '{webhooks, research, papers, priority}'),
  ('academic', 5, 600, 80, 50000, 25000000, 500000, 5000, '{webhooks, research, papers, institutional_billing}'),
  ('enterprise', 6, 1000, 100, NULL, NULL, NULL, NULL,
   '{webhooks, research, papers, priority, institutional_billing}');
