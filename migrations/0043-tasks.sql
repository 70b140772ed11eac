-- Background work. A row holds its state; jobs in Redis carry ids only.
CREATE TABLE tasks (
  id uuid CONSTRAINT tasks_pkey PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT tasks_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  -- Whose turn it takes, and whose quota pays. Either may be gone before the task, so no foreign keys.
  budget_id uuid NOT NULL,
  billing_organization_id uuid NOT NULL,
  plan text NOT NULL,
  user_id uuid CONSTRAINT tasks_user_id_fkey REFERENCES users ON DELETE SET NULL,
  type text NOT NULL,
  title text NOT NULL,
  input jsonb NOT NULL,
  status text NOT NULL DEFAULT 'submitted',
  priority integer NOT NULL DEFAULT 0,
  progress integer NOT NULL DEFAULT 0,
  progress_message text,
  last_event integer NOT NULL DEFAULT 0,
  attempts integer NOT NULL DEFAULT 0,
  -- The run that holds it; another may take it over when the lease has expired.
  holder uuid,
  lease_until timestamptz,
  retry_of uuid,
  error jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  completed_at timestamptz,
  expires_at timestamptz,
  is_expired boolean NOT NULL DEFAULT false
);
CREATE INDEX tasks_organization ON tasks (organization_id, id);
CREATE INDEX tasks_organization_status ON tasks (organization_id, status, id);
CREATE INDEX tasks_organization_type ON tasks (organization_id, type, id);
CREATE INDEX tasks_user ON tasks (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX tasks_open ON tasks (budget_id, priority DESC, id) WHERE status IN ('submitted', 'running');
CREATE INDEX tasks_open_of_payer ON tasks (billing_organization_id) WHERE status IN ('submitted', 'running');
CREATE INDEX tasks_durations ON tasks (type, completed_at DESC) WHERE status = 'completed';
CREATE INDEX tasks_expiring ON tasks (expires_at) WHERE expires_at IS NOT NULL AND NOT is_expired;
CALL protect_tenant_table('tasks');

CREATE TABLE task_results (
  task_id uuid CONSTRAINT task_results_pkey PRIMARY KEY CONSTRAINT task_results_task_id_fkey REFERENCES tasks ON DELETE CASCADE,
  organization_id uuid NOT NULL CONSTRAINT task_results_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  content text NOT NULL
);
CREATE INDEX task_results_organization ON task_results (organization_id);
CALL protect_tenant_table('task_results');

CREATE TABLE task_events (
  organization_id uuid NOT NULL CONSTRAINT task_events_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  task_id uuid NOT NULL CONSTRAINT task_events_task_id_fkey REFERENCES tasks ON DELETE CASCADE,
  position integer NOT NULL,
  name text NOT NULL,
  progress integer NOT NULL,
  message text,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT task_events_pkey PRIMARY KEY (organization_id, task_id, position)
);
CREATE INDEX task_events_task ON task_events (task_id);
CALL protect_tenant_table('task_events');

-- The order in which budgets take turns.
CREATE TABLE task_turns (
  budget_id uuid CONSTRAINT task_turns_pkey PRIMARY KEY,
  concurrency integer,
  is_waiting boolean NOT NULL DEFAULT true,
  last_turn_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX task_turns_waiting ON task_turns (last_turn_at) WHERE is_waiting;
CALL protect_tenant_table('task_turns', 'budget_id = current_setting(''app.organization_id'')::uuid');
