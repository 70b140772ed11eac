import { randomBytes } from 'node:crypto';
import type { TestClient } from './client.js';
import type { Queryable } from './database.mjs';
import { PASSWORD } from './planted.mjs';

export { PASSWORD } from './planted.mjs';

export interface Account {
  /** Signed in as the owner of their own organization. */
  session: TestClient;
  email: string;
  userId: string;
  organizationId: string;
  accessToken: string;
  refreshToken: string;
}

/** Registers a person with their own organization. */
export async function register(client: TestClient, overrides: object = {}): Promise<Account> {
  const email = `user-${randomBytes(6).toString('hex')}@example.com`;
  const { status, body } = await client.post<{
    access_token: string;
    refresh_token: string;
    user: { id: string; organization_id: string };
  }>('/auth/register', { email, password: PASSWORD, ...overrides });
  if (status !== 201) throw new Error(`registration answered ${status}: ${JSON.stringify(body)}`);
  return {
    session: client.as(body.access_token),
    email,
    userId: body.user.id,
    organizationId: body.user.organization_id,
    accessToken: body.access_token,
    refreshToken: body.refresh_token,
  };
}

/** Confirms the email address of an account, for tests that are about something else. */
export async function confirmAddress(database: Queryable, { userId }: Account): Promise<void> {
  await database.query('UPDATE users SET is_verified = true WHERE id = $1', [userId]);
}

/** Creates an API key and returns a client that uses it. */
export async function withKey(
  session: TestClient,
  scopes: string[],
  environment: 'live' | 'test' = 'live',
): Promise<TestClient> {
  const { status, body } = await session.post<{ key: string; id: string }>('/api/v1/api-keys', {
    name: 'test',
    environment,
    scopes,
  });
  if (status !== 201) throw new Error(`making a key answered ${status}: ${JSON.stringify(body)}`);
  return session.as(body.key);
}
