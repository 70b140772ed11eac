CREATE TABLE events (
  id uuid CONSTRAINT events_pkey PRIMARY KEY,
  organization_id uuid NOT NULL,
  type text NOT NULL,
  subject uuid NOT NULL,
  payload jsonb NOT NULL DEFAULT '{}',
  request_id text,
  created_at timestamptz NOT NULL DEFAULT now(),
  relayed_at timestamptz
);
CREATE INDEX events_organization ON events (organization_id, id);
CREATE INDEX events_unrelayed ON events (id) WHERE relayed_at IS NULL;
CALL protect_tenant_table('events');

CREATE TABLE event_deliveries (
  event_id uuid NOT NULL CONSTRAINT event_deliveries_event_id_fkey REFERENCES events ON DELETE CASCADE,
  subscriber text NOT NULL,
  organization_id uuid NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL,
  completed_at timestamptz,
  last_error text,
  CONSTRAINT event_deliveries_pkey PRIMARY KEY (event_id, subscriber)
);
CREATE INDEX event_deliveries_pending ON event_deliveries (due_at) WHERE completed_at IS NULL;
CALL protect_tenant_table('event_deliveries');
