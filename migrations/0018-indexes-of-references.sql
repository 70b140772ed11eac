-- Whatever is deleted, PostgreSQL looks for what refers to it. These references had no index for that, so each deletion of an
-- organization, a person or a conversation read the whole table. Dropped first: one that could not be built stays, unusable.
DROP INDEX CONCURRENTLY IF EXISTS sessions_organization;

CREATE INDEX CONCURRENTLY sessions_organization ON sessions (organization_id);

DROP INDEX CONCURRENTLY IF EXISTS api_keys_of_organization;

CREATE INDEX CONCURRENTLY api_keys_of_organization ON api_keys (organization_id);

DROP INDEX CONCURRENTLY IF EXISTS api_keys_creator;

CREATE INDEX CONCURRENTLY api_keys_creator ON api_keys (created_by);

DROP INDEX CONCURRENTLY IF EXISTS invitations_inviter;

CREATE INDEX CONCURRENTLY invitations_inviter ON invitations (invited_by);

DROP INDEX CONCURRENTLY IF EXISTS notifications_user;

CREATE INDEX CONCURRENTLY notifications_user ON notifications (user_id) WHERE user_id IS NOT NULL;

DROP INDEX CONCURRENTLY IF EXISTS messages_of_conversation;

CREATE INDEX CONCURRENTLY messages_of_conversation ON messages (conversation_id);

-- Sessions of members who were removed while that did not end them.
DO $$ BEGIN
  SET LOCAL ROLE parlance_platform;
  UPDATE sessions s SET ended_at = now() WHERE ended_at IS NULL
    AND NOT EXISTS (SELECT FROM memberships m WHERE m.organization_id = s.organization_id AND m.user_id = s.user_id);
END $$;
