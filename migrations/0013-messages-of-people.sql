-- What people asked: this month's count, and the latest. Apart from what the model answered.
CREATE INDEX CONCURRENTLY messages_by_people ON messages (organization_id, id) WHERE role = 'user';
