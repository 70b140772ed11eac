CREATE TABLE conversations (
  id uuid CONSTRAINT conversations_pkey PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT conversations_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  title text,
  status text NOT NULL DEFAULT 'open',
  metadata jsonb NOT NULL DEFAULT '{}',
  message_count integer NOT NULL DEFAULT 0,
  last_message_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX conversations_organization ON conversations (organization_id, id);
CREATE INDEX conversations_status ON conversations (organization_id, status, id);
CALL protect_tenant_table('conversations');

CREATE TABLE messages (
  id uuid CONSTRAINT messages_pkey PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT messages_organization_id_fkey REFERENCES organizations ON DELETE CASCADE,
  conversation_id uuid NOT NULL CONSTRAINT messages_conversation_id_fkey REFERENCES conversations ON DELETE CASCADE,
  role text NOT NULL,
  content text NOT NULL,
  status text NOT NULL DEFAULT 'complete',
  answer jsonb,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX messages_conversation ON messages (organization_id, conversation_id, id);
CALL protect_tenant_table('messages');
