-- What counts as used when the lease of a reservation runs out: the process died, and had probably sent the prompt by then.
ALTER TABLE quota_reservations ADD COLUMN tokens_if_lost bigint NOT NULL DEFAULT 0;
