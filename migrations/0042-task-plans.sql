-- How many background tasks an organization may run at the same time, and for how many days results are kept.
ALTER TABLE plans
  ADD COLUMN concurrent_tasks integer,
  ADD COLUMN task_retention_days integer;
UPDATE plans SET (concurrent_tasks, task_retention_days) = (limits.concurrent, limits.days)
FROM (VALUES ('free', 1, 7), ('basic', 2, 30), ('pro', 4, 90), ('premium', 6, 180), ('academic', 8, 365)) limits (code, concurrent, days)
WHERE plans.code = limits.code;
