-- Unpaid organizations of one person share one budget: how often they may call, and what they may use per month.
ALTER TABLE organizations
  -- The person who made it. It counts for them whoever owns it later, also when their account is gone: so no foreign key.
  ADD COLUMN created_by uuid,
  -- The organization under whose id an unpaid one is counted, if not its own. That one may be gone, so no foreign key either.
  ADD COLUMN budget_id uuid;
CREATE INDEX organizations_creator ON organizations (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX organizations_budget ON organizations (budget_id) WHERE budget_id IS NOT NULL;

-- What is counted outlives the organization under whose id it is counted, while others share it.
ALTER TABLE quota_months DROP CONSTRAINT quota_months_organization_id_fkey;
ALTER TABLE quota_reservations DROP CONSTRAINT quota_reservations_organization_id_fkey;

DO $$ BEGIN
  SET LOCAL ROLE parlance_platform;
  -- Nobody has written down who made them: the owner who has been there longest.
  UPDATE organizations o SET created_by = (
    SELECT user_id FROM memberships m WHERE m.organization_id = o.id AND m.role = 'owner' ORDER BY created_at, user_id LIMIT 1
  ) WHERE parent_id IS NULL;
  UPDATE organizations o SET budget_id = shared.budget_id FROM (
    SELECT id, first_value(id) OVER (PARTITION BY created_by ORDER BY id) AS budget_id
    FROM organizations WHERE parent_id IS NULL AND plan = 'free' AND created_by IS NOT NULL
  ) shared WHERE shared.id = o.id AND shared.budget_id <> o.id;
  RESET ROLE;
END $$;
