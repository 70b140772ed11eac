ALTER TABLE api_keys
  ADD COLUMN kind text NOT NULL DEFAULT 'standard',
  -- Requests per minute, below that of the plan.
  ADD COLUMN rate_limit integer,
  -- Addresses and CIDR blocks that may use it; any when null.
  ADD COLUMN allowed_ips text[],
  ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN last_used_ip text,
  ADD COLUMN rotated_at timestamptz,
  -- The secret before the last rotation, valid until then.
  ADD COLUMN previous_hash text CONSTRAINT api_keys_previous_hash_key UNIQUE,
  ADD COLUMN previous_expires_at timestamptz;
