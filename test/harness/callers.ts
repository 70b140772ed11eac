import { randomBytes } from 'node:crypto';
import { newId } from '../../src/platform/ids/index.js';
import type { Role, Scope, Tier } from '../../src/identity/permissions/index.js';
import type { TestClient } from './client.js';
import { seal } from './seal.js';
import type { RunningApp } from './shared-app.js';

export interface Person {
  client: TestClient;
  userId: string;
  sessionId: string;
  organizationId: string;
}

interface PersonOptions {
  /** In that organization; in one of their own by default. */
  organizationId?: string;
  role?: Role;
  plan?: Tier;
  isSuperuser?: boolean;
  /** Time since the sign-in. */
  signedInSecondsAgo?: number;
}

/** Creates signed-in people, and keys with exact properties. Uses SQL, so that no password is hashed for each. */
export class Callers {
  constructor(private readonly app: RunningApp) {}

  async person(options: PersonOptions = {}): Promise<Person> {
    const { database } = this.app;
    const organizationId = options.organizationId ?? (await this.organization(options.plan ?? 'enterprise'));
    const [userId, sessionId] = [newId(), newId()];
    await database.query(
      `INSERT INTO users (id, email, password_hash, is_verified, is_superuser) VALUES ($1, $2, '', true, $3)`,
      [userId, `person-${randomBytes(6).toString('hex')}@example.com`, options.isSuperuser ?? false],
    );
    await database.query('INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, $3)', [
      organizationId,
      userId,
      options.role ?? 'owner',
    ]);
    await database.query(
      `INSERT INTO sessions (id, organization_id, user_id, ip, expires_at, authenticated_at)
       VALUES ($1, $2, $3, '127.0.0.1', now() + interval '1 day', now() - make_interval(secs => $4))`,
      [sessionId, organizationId, userId, options.signedInSecondsAgo ?? 0],
    );
    const client = this.app.client.as(await this.accessToken(sessionId));
    return { client, userId, sessionId, organizationId };
  }

  /** A key of that person’s organization. */
  async key(
    { client }: Person,
    scopes: Scope[],
    environment: 'live' | 'test' = 'live',
  ): Promise<{ client: TestClient; id: string }> {
    const { status, body } = await client.post<{ key: string; id: string }>('/api/v1/api-keys', {
      name: 'A key',
      environment,
      scopes,
    });
    if (status !== 201) throw new Error(`making a key answered ${status}: ${JSON.stringify(body)}`);
    return { client: this.app.client.as(body.key), id: body.id };
  }

  private async organization(plan: Tier): Promise<string> {
    const [id, sandboxId] = [newId(), newId()];
    await this.app.database.query(
      `INSERT INTO organizations (id, name, plan, environment, parent_id)
       VALUES ($1, 'Test', $3, 'live', NULL), ($2, 'Test', $3, 'test', $1)`,
      [id, sandboxId, plan],
    );
    return id;
  }

  private async accessToken(sessionId: string): Promise<string> {
    const { status, body } = await this.app.client.post<{ access_token: string }>('/auth/refresh', {
      refresh_token: seal('refresh-token', `${sessionId}.0`),
    });
    if (status !== 200) throw new Error(`a refresh answered ${status}: ${JSON.stringify(body)}`);
    return body.access_token;
  }
}
