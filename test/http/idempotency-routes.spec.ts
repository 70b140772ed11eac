import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { PASSWORD, register } from '../harness/fixtures.js';
import { Callers, type Person } from '../harness/callers.js';
import { MAKERS } from '../harness/makers.js';
import { openapi, operations, validBody, type DescribedOperation, type Operation } from '../harness/operations.js';

/** The same PUT has the same effect, so it takes no key. */
const writes = operations().filter(({ method }) => method !== 'GET' && method !== 'PUT');

/** Written for every request. */
const ASIDE = ['usage_records', 'migrations'];
/** Their body or path here can only be rejected; rejections are not stored. */
const REFUSED = [
  'invitations.accept',
  'invitations.inspect',
  'emailAddresses.verify',
  'members.update',
  'members.leave',
  'members.remove',
  'organizations.delete',
  'organizations.restore',
  'passwords.change',
  'passwords.reset',
  'sessions.login',
  'sessions.reauthenticate',
  'sessions.refresh',
  'sessions.switchOrganization',
  'users.delete',
];
/** They end the session that calls, so it cannot repeat the request. */
const LAST_WORDS = ['sessions.end', 'sessions.logout'];

let app: TestApp;
let callers: Callers;
let tables: string[];
beforeAll(async () => {
  app = await startApp({ WORKER_INLINE: 'false' });
  callers = new Callers(app);
  const rows = await app.database.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT relispartition`,
  );
  tables = rows.map(({ name }) => name).filter((name) => !ASIDE.includes(name));
});
afterAll(() => app.close());

/** The content of every table. */
async function everything(): Promise<Record<string, string>> {
  const digests = tables.map(
    (name) => `(SELECT md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM ${name} t) AS ${name}`,
  );
  const [row] = await app.database.query<Record<string, string>>(`SELECT ${digests.join(', ')}`);
  return row as Record<string, string>;
}

async function pathOf({ path, access, pathParameters }: Operation, { client, ...person }: Person): Promise<string> {
  if (pathParameters.length === 0) return path;
  const ids =
    access.kind === 'superuser'
      ? { id: path.includes('/organizations/') ? person.organizationId : person.userId }
      : await MAKERS[path]?.(client, client);
  return path.replace(/\{(\w+)\}/g, (_match, name: string) => (ids as Record<string, string>)[name] as string);
}

describe.each(writes.map((operation) => [operation.id, operation] as const))('%s', (id, operation) => {
  it('is done once if it is sent twice under one key', async () => {
    const isSuperuser = operation.access.kind === 'superuser';
    const person = await callers.person({ isSuperuser });
    if (id === 'emailAddresses.resend') {
      await app.database.query('UPDATE users SET is_verified = false WHERE id = $1', [person.userId]);
    }
    if (id === 'authorizations.end') {
      // The person signs in at a page, with the password of this account.
      const { userId } = await register(app.client);
      await app.database.query(
        'UPDATE users SET password_hash = known.password_hash FROM users known WHERE users.id = $1 AND known.id = $2',
        [person.userId, userId],
      );
    }
    if (id === 'analysis.submit') {
      await person.client.post('/api/v1/data-sources', { name: 'sales_database', format: 'csv' });
    }
    const path = await pathOf(operation, person);
    const client = operation.isPublic ? app.client : person.client;
    const body = validBody(operation);
    const headers = { 'idempotency-key': randomUUID() };
    const send = async () => {
      const response = await client.fetch(operation.method, path, { body, headers });
      return { status: response.status, headers: response.headers, body: await response.text() };
    };
    const before = await everything();
    const first = await send();
    const after = await everything();
    const again = await send();
    const changed = (from: object, to: Record<string, string>): string[] =>
      Object.entries(from).flatMap(([table, digest]) => (to[table] === digest ? [] : [table]));
    const isDone = first.status < 300;

    expect({ isDone, body: first.body }).toEqual({ isDone: !REFUSED.includes(id), body: first.body });
    if (!isDone) {
      expect(again.status).toBe(first.status);
      expect(changed(before, after).filter((table) => table !== 'sign_in_failures')).toEqual([]);
      return;
    }
    expect(changed(before, after)).toContain('idempotency_records');
    expect(changed(after, await everything())).toEqual([]);
    if (LAST_WORDS.includes(id)) return expect(again.status).toBe(401);
    expect([first, again].map((answer) => answer.headers.get('idempotency-replayed'))).toEqual([null, 'true']);
    for (const name of ['content-type', 'location', 'content-location', 'cache-control']) {
      expect([name, again.headers.get(name)]).toEqual([name, first.headers.get(name)]);
    }
    expect([again.status, again.body]).toEqual([first.status, first.body]);
  });

  it('is documented in openapi.json', () => {
    const described = openapi.paths[operation.path]?.[operation.method.toLowerCase()] as DescribedOperation;
    expect(described.parameters).toContainEqual(
      expect.objectContaining({ in: 'header', name: 'Idempotency-Key', required: false }),
    );
    expect(described.responses).toHaveProperty('409');
    for (const [status, response] of Object.entries(described.responses)) {
      if (status < '300') expect(response).toHaveProperty(['headers', 'Idempotency-Replayed']);
    }
  });
});

describe('an operation for the person concerned only', () => {
  it('is done once: refreshing, reauthenticating, changing the password, leaving', async () => {
    const { session, accessToken, refreshToken, email } = await register(app.client);
    const other = await register(app.client, { email: `other-${email}` });
    await app.database.query(
      `INSERT INTO memberships (organization_id, user_id, role)
       SELECT (SELECT organization_id FROM memberships JOIN users ON id = user_id WHERE email = $1), $2, 'owner'`,
      [email, other.userId],
    );
    const calls: [string, object, string?][] = [
      ['/auth/login', { email, password: PASSWORD }],
      ['/auth/refresh', { refresh_token: refreshToken }],
      ['/auth/reauthenticate', { password: PASSWORD }, accessToken],
      ['/auth/change-password', { current_password: PASSWORD, new_password: 'quite another sentence' }, accessToken],
    ];
    for (const [path, body, token] of calls) {
      const headers = { 'idempotency-key': randomUUID() };
      const [first, again] = [
        await session.as(token).call<unknown>('POST', path, { body, headers }),
        await session.as(token).call<unknown>('POST', path, { body, headers }),
      ];
      expect({ path, status: first.status }).toEqual({
        path,
        status: path.endsWith('h') || path.endsWith('n') ? 200 : 204,
      });
      expect({ path, status: again.status, body: again.body }).toEqual({
        path,
        status: first.status,
        body: first.body,
      });
      expect(again.headers.get('idempotency-replayed')).toBe('true');
    }
  });
});
