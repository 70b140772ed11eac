import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeJwt } from 'jose';
import { startApp, type TestApp } from '../harness/app.js';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { PASSWORD, register, withKey, type Account } from '../harness/fixtures.js';
import { untilBlocking } from '../harness/locks.js';
import { expectInvalid, expectProblem, NO_ID, TIME, UUID, withoutIds, type Page } from '../harness/expectations.js';

interface Tokens {
  access_token: string;
  refresh_token: string;
  user: Record<string, unknown>;
}

interface Session {
  id: string;
  is_current: boolean;
  [field: string]: unknown;
}

let app: TestApp;
let client: TestClient;
let ada: Account;
let stranger: Account;
beforeAll(async () => {
  app = await startApp({ TRUST_PROXY: '1' });
  ({ client } = app);
  [ada, stranger] = await Promise.all([register(client), register(client)]);
});
afterAll(() => app.close());

let address = 0;
/** An address from which nothing else in this file signs in. */
const newAddress = (): string => `203.0.113.${(address += 1)}`;
const login = (email: string, password = PASSWORD, from = newAddress()): Promise<Answer<Tokens>> =>
  client.post<Tokens>('/auth/login', { email, password }, { headers: { 'x-forwarded-for': from } });
const signedIn = async (email: string): Promise<TestClient> => client.as((await login(email)).body.access_token);
const refresh = (token: string): Promise<Answer<Tokens>> =>
  client.post<Tokens>('/auth/refresh', { refresh_token: token });
const idOf = (session: TestClient): string => decodeJwt(session.token as string)['sid'] as string;
const list = async (session: TestClient, query = ''): Promise<Page<Session>> =>
  (await session.get<Page<Session>>(`/auth/sessions${query}`)).body;
const audited = (target: string): Promise<{ action: string; actor: string | null; organization: string }[]> =>
  app.database.query(
    `SELECT action, actor_id AS actor, organization_id AS organization FROM audit_log WHERE target_id = $1 ORDER BY sequence`,
    [target],
  );
const joins = (account: Account, organizationId: string): Promise<unknown> =>
  app.database.query(`INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'member')`, [
    organizationId,
    account.userId,
  ]);

describe('GET /auth/sessions', () => {
  describe('200', () => {
    it('lists where the person is signed in, newest first', async () => {
      const bob = await register(client);
      const { body } = await client.post<Tokens>(
        '/auth/login',
        { email: bob.email, password: PASSWORD },
        { headers: { 'user-agent': 'A browser', 'x-forwarded-for': '198.51.100.7' } },
      );
      const second = client.as(body.access_token);
      const page = await list(second);
      expect(page).toMatchObject({ next_cursor: null, has_more: false });
      expect(page.data.map(({ id }) => id)).toEqual([idOf(second), idOf(bob.session)]);
      expect(page.data[0]).toEqual({
        id: expect.stringMatching(UUID),
        organization_id: bob.organizationId,
        ip: '198.51.100.7',
        user_agent: 'A browser',
        created_at: expect.stringMatching(TIME),
        last_used_at: expect.stringMatching(TIME),
        expires_at: expect.stringMatching(TIME),
        is_current: true,
      });
      expect((await list(bob.session)).data.map(({ is_current }) => is_current)).toEqual([false, true]);
    });

    it('returns pages', async () => {
      const bob = await register(client);
      for (let i = 0; i < 2; i += 1) await signedIn(bob.email);
      const all = (await list(bob.session)).data.map(({ id }) => id);
      const first = await list(bob.session, '?limit=2');
      const rest = await list(bob.session, `?limit=2&cursor=${first.next_cursor}`);
      expect(all).toHaveLength(3);
      expect([...first.data, ...rest.data].map(({ id }) => id)).toEqual(all);
      expect(rest.has_more).toBe(false);
    });

    it('omits ended and expired ones', async () => {
      const bob = await register(client);
      const [ended, expired] = [await signedIn(bob.email), await signedIn(bob.email)];
      await ended.post('/auth/logout');
      await app.database.query('UPDATE sessions SET expires_at = now() WHERE id = $1', [idOf(expired)]);
      expect((await list(bob.session)).data.map(({ id }) => id)).toEqual([idOf(bob.session)]);
    });

    it('records the use of a session', async () => {
      const bob = await register(client);
      const before = '2020-01-01T00:00:00.000Z';
      await app.database.query('UPDATE sessions SET last_used_at = $2 WHERE id = $1', [idOf(bob.session), before]);
      await bob.session.get('/auth/me');
      expect((await list(bob.session)).data[0]?.['last_used_at']).not.toBe(before);
    });
  });

  describe('400', () => {
    it('rejects a cursor that it did not issue', async () => {
      expectProblem(await ada.session.get('/auth/sessions?cursor=nonsense'), 'INVALID_CURSOR');
    });
  });

  describe('403', () => {
    it('is not for API keys', async () => {
      const key = await withKey(ada.session, ['knowledge:read']);
      expectProblem(await key.get('/auth/sessions'), 'FORBIDDEN');
    });
  });
});

describe('DELETE /auth/sessions/{id}', () => {
  describe('204', () => {
    it('ends that session immediately, access and refresh token, and no other', async () => {
      const { body } = await login(ada.email);
      const other = client.as(body.access_token);
      expect((await other.get('/auth/me')).status).toBe(200);
      const { status, body: nothing } = await ada.session.delete<string>(`/auth/sessions/${idOf(other)}`);
      expect({ status, nothing }).toEqual({ status: 204, nothing: '' });
      expectProblem(await other.get('/auth/me'), 'TOKEN_REVOKED');
      expectProblem(await refresh(body.refresh_token), 'TOKEN_REVOKED');
      expect((await ada.session.get('/auth/me')).status).toBe(200);
    });

    it('can end the calling session', async () => {
      const session = await signedIn(ada.email);
      expect((await session.delete(`/auth/sessions/${idOf(session)}`)).status).toBe(204);
      expectProblem(await session.get('/auth/me'), 'TOKEN_REVOKED');
    });

    it('is audited, like the sign-in', async () => {
      const session = await signedIn(ada.email);
      await ada.session.delete(`/auth/sessions/${idOf(session)}`);
      const by = { actor: ada.userId, organization: ada.organizationId };
      expect(await audited(idOf(session))).toEqual([
        { action: 'session.created', ...by },
        { action: 'session.ended', ...by },
      ]);
    });
  });

  describe('404', () => {
    it('is the same for another person’s session, an unknown one, and one that has ended', async () => {
      const ended = await signedIn(ada.email);
      await ended.post('/auth/logout');
      const answers = [];
      for (const id of [idOf(stranger.session), NO_ID, idOf(ended), 'nonsense']) {
        answers.push(await ada.session.delete(`/auth/sessions/${id}`));
      }
      for (const answer of answers) {
        expectProblem(answer, 'NOT_FOUND');
        expect(withoutIds(answer)).toEqual(withoutIds(answers[0] as Answer<unknown>));
      }
      expect((await stranger.session.get('/auth/me')).status).toBe(200);
    });
  });
});

describe('DELETE /auth/sessions', () => {
  describe('204', () => {
    it('ends all other sessions of the person', async () => {
      const bob = await register(client);
      const others = [await signedIn(bob.email), await signedIn(bob.email)];
      const current = await signedIn(bob.email);
      for (const session of [bob.session, ...others]) expect((await session.get('/auth/me')).status).toBe(200);
      expect((await current.delete('/auth/sessions')).status).toBe(204);
      for (const session of [bob.session, ...others]) expectProblem(await session.get('/auth/me'), 'TOKEN_REVOKED');
      expectProblem(await refresh(bob.refreshToken), 'TOKEN_REVOKED');
      expect((await list(current)).data.map(({ id }) => id)).toEqual([idOf(current)]);
      expect((await stranger.session.get('/auth/me')).status).toBe(200);
      for (const session of others) {
        expect((await audited(idOf(session))).map(({ action }) => action)).toEqual([
          'session.created',
          'session.ended',
        ]);
      }
    });

    it('does nothing if there is no other', async () => {
      const bob = await register(client);
      expect((await bob.session.delete('/auth/sessions')).status).toBe(204);
      expect((await bob.session.get('/auth/me')).status).toBe(200);
    });
  });
});

describe('POST /auth/switch-organization', () => {
  const switchTo = (session: TestClient, id: string): Promise<Answer<Record<string, unknown>>> =>
    session.post<Record<string, unknown>>('/auth/switch-organization', { organization_id: id });

  describe('200', () => {
    it('continues in the other organization with the same tokens, and returns no new ones', async () => {
      const bob = await register(client);
      await joins(bob, ada.organizationId);
      await bob.session.post('/api/v1/conversations', { title: 'At home' });
      const answer = await switchTo(bob.session, ada.organizationId);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ id: bob.userId, organization_id: ada.organizationId });
      expect(JSON.stringify(answer.body)).not.toContain('token');
      expect((await bob.session.get('/auth/me')).body).toEqual(answer.body);
      const conversations = await bob.session.get<Page<{ title: string }>>('/api/v1/conversations');
      expect(conversations.body.data.map(({ title }) => title)).not.toContain('At home');
      // As a member there, although an owner in their own.
      const key = { name: 'Key', scopes: ['knowledge:read'] };
      expectProblem(await bob.session.post('/api/v1/api-keys', key), 'INSUFFICIENT_SCOPE');
      const refreshed = await refresh(bob.refreshToken);
      expect(refreshed.body.user['organization_id']).toBe(ada.organizationId);
    });

    it('affects only this session, and is audited in the new organization', async () => {
      const bob = await register(client);
      await joins(bob, ada.organizationId);
      const other = await signedIn(bob.email);
      await switchTo(other, ada.organizationId);
      expect((await bob.session.get('/auth/me')).body).toMatchObject({ organization_id: bob.organizationId });
      expect(await audited(idOf(other))).toEqual([
        { action: 'session.created', actor: bob.userId, organization: bob.organizationId },
        { action: 'session.organization_switched', actor: bob.userId, organization: ada.organizationId },
      ]);
    });
  });

  describe('404', () => {
    it('is the same for an organization of others, an unknown one, a sandbox, and one that is closed', async () => {
      const bob = await register(client);
      const closed = await Promise.all([register(client), register(client)]);
      for (const { organizationId } of closed) await joins(bob, organizationId);
      const [suspended, deleted] = closed.map(({ organizationId }) => organizationId) as [string, string];
      await app.database.query('UPDATE organizations SET suspended_at = now() WHERE id = $1', [suspended]);
      await app.database.query('UPDATE organizations SET deleted_at = now() WHERE id = $1', [deleted]);
      const [sandbox] = await app.database.query<{ id: string }>('SELECT id FROM organizations WHERE parent_id = $1', [
        bob.organizationId,
      ]);
      const never = await switchTo(bob.session, NO_ID);
      for (const id of [stranger.organizationId, suspended, deleted, sandbox?.id as string]) {
        const answer = await switchTo(bob.session, id);
        expectProblem(answer, 'NOT_FOUND');
        expect(withoutIds(answer)).toEqual(withoutIds(never));
      }
      expect((await bob.session.get('/auth/me')).body).toMatchObject({ organization_id: bob.organizationId });
    });
  });

  describe('422', () => {
    it.each([[{}], [{ organization_id: 'nonsense' }], [{ organization_id: 1 }]])('rejects %j', async (body) => {
      expectInvalid(await ada.session.post('/auth/switch-organization', body), 'organization_id');
    });
  });
});

describe('POST /auth/reauthenticate', () => {
  const authenticatedAt = async (session: TestClient): Promise<number> => {
    const [row] = await app.database.query<{ at: Date }>('SELECT authenticated_at AS at FROM sessions WHERE id = $1', [
      idOf(session),
    ]);
    return (row?.at as Date).getTime();
  };
  const makeOld = (session: TestClient): Promise<unknown> =>
    app.database.query(`UPDATE sessions SET authenticated_at = now() - interval '1 hour' WHERE id = $1`, [
      idOf(session),
    ]);

  describe('204', () => {
    it('counts as a new sign-in for this session only, and is audited', async () => {
      const bob = await register(client);
      const other = await signedIn(bob.email);
      for (const session of [bob.session, other]) await makeOld(session);
      const before = await authenticatedAt(other);
      const { status, body } = await bob.session.post<string>('/auth/reauthenticate', { password: PASSWORD });
      expect({ status, body }).toEqual({ status: 204, body: '' });
      expect(await authenticatedAt(bob.session)).toBeGreaterThan(before);
      expect(await authenticatedAt(other)).toBe(before);
      expect((await audited(idOf(bob.session))).map(({ action }) => action)).toEqual([
        'session.created',
        'user.reauthenticated',
      ]);
    });

    it('differs from a refresh', async () => {
      const bob = await register(client);
      await makeOld(bob.session);
      const before = await authenticatedAt(bob.session);
      expect((await refresh(bob.refreshToken)).status).toBe(200);
      expect(await authenticatedAt(bob.session)).toBe(before);
    });
  });

  describe('401', () => {
    it('rejects a wrong password, and keeps the session', async () => {
      expectProblem(await ada.session.post('/auth/reauthenticate', { password: 'not it' }), 'INVALID_CREDENTIALS');
      expect((await ada.session.get('/auth/me')).status).toBe(200);
    });
  });

  describe('422', () => {
    it('requires the password', async () => {
      expectInvalid(await ada.session.post('/auth/reauthenticate', {}), 'password');
    });
  });

  describe('429', () => {
    it('counts failures together with those of signing in', async () => {
      const bob = await register(client);
      const from = { headers: { 'x-forwarded-for': newAddress() } };
      for (let i = 0; i < 5; i += 1) {
        await client.post('/auth/login', { email: bob.email, password: 'not it' }, from);
        await bob.session.post('/auth/reauthenticate', { password: 'not it' }, from);
      }
      const answer = await bob.session.post('/auth/reauthenticate', { password: PASSWORD }, from);
      expectProblem(answer, 'RATE_LIMITED');
      expect((await client.post('/auth/login', { email: bob.email, password: PASSWORD }, from)).status).toBe(429);
    });
  });
});

describe('the lock after failed sign-ins', () => {
  const WRONG = 'not the password at all';
  const fail = async (email: string, from: string, times = 10): Promise<void> => {
    for (let i = 0; i < times; i += 1) expectProblem(await login(email, WRONG, from), 'INVALID_CREDENTIALS');
  };

  it('refuses the right password like a wrong one, and reports when to retry', async () => {
    const [bob, from] = [await register(client), newAddress()];
    await fail(bob.email, from);
    const [right, wrong] = [await login(bob.email, PASSWORD, from), await login(bob.email, WRONG, from)];
    for (const answer of [right, wrong]) {
      expectProblem(answer, 'RATE_LIMITED');
      const seconds = Number(answer.headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(900);
    }
  });

  it('is the same for an unknown email address', async () => {
    const [bob, from] = [await register(client), newAddress()];
    const nobody = `nobody-${bob.email}`;
    await fail(bob.email, from);
    await fail(nobody, from);
    const strip = (answer: Answer<unknown>): object => ({ ...withoutIds(answer), retry_after: undefined });
    const [known, unknown] = [await login(bob.email, WRONG, from), await login(nobody, WRONG, from)];
    expectProblem(unknown, 'RATE_LIMITED');
    expect(strip(unknown)).toEqual(strip(known));
    expect(unknown.headers.has('retry-after')).toBe(true);
  });

  it('does not affect other addresses of the account, or other accounts of the address', async () => {
    const [bob, from] = [await register(client), newAddress()];
    await fail(bob.email, from);
    expect((await login(bob.email)).status).toBe(200);
    expect((await login(ada.email, PASSWORD, from)).status).toBe(200);
    expectProblem(await login(bob.email, PASSWORD, from), 'RATE_LIMITED');
  });

  it('treats the addresses of one IPv6 network as one', async () => {
    const bob = await register(client);
    for (let i = 1; i <= 10; i += 1) await fail(bob.email, `2001:db8:0:7::${i}`, 1);
    expectProblem(await login(bob.email, PASSWORD, '2001:db8:0:7:ffff::1'), 'RATE_LIMITED');
    expect((await login(bob.email, PASSWORD, '2001:db8:0:8::1')).status).toBe(200);
  });

  it('is reset by a success', async () => {
    const [bob, from] = [await register(client), newAddress()];
    for (let round = 0; round < 2; round += 1) {
      await fail(bob.email, from, 9);
      expect((await login(bob.email, PASSWORD, from)).status).toBe(200);
    }
  });

  it('ends 15 minutes after the first failure', async () => {
    const [bob, from] = [await register(client), newAddress()];
    await fail(bob.email, from);
    const age = (minutes: number): Promise<unknown> =>
      app.database.query('UPDATE sign_in_failures SET since = now() - make_interval(mins => $1)', [minutes]);
    await age(14);
    const locked = await login(bob.email, PASSWORD, from);
    expectProblem(locked, 'RATE_LIMITED');
    expect(Number(locked.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    await age(15);
    expect((await login(bob.email, PASSWORD, from)).status).toBe(200);
  });

  it('allows at most 10 concurrent guesses', async () => {
    const [bob, from] = [await register(client), newAddress()];
    const answers = await Promise.all(Array.from({ length: 25 }, () => login(bob.email, WRONG, from)));
    const count = (status: number): number => answers.filter((answer) => answer.status === status).length;
    expect({ wrong: count(401), locked: count(429) }).toEqual({ wrong: 10, locked: 15 });
  });

  it('does not count 25 concurrent right passwords as guesses', async () => {
    const [bob, from] = [await register(client), newAddress()];
    const answers = await Promise.all(Array.from({ length: 25 }, () => login(bob.email, PASSWORD, from)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('is audited once, if the account exists', async () => {
    const [bob, from] = [await register(client), newAddress()];
    await fail(bob.email, from);
    await login(bob.email, PASSWORD, from);
    await fail(`nobody-${bob.email}`, from);
    await eventually(async () => {
      expect(await audited(bob.userId)).toContainEqual(
        expect.objectContaining({ action: 'user.locked_out', actor: null, organization: bob.organizationId }),
      );
    });
    const [{ locks } = { locks: 0 }] = await app.database.query<{ locks: number }>(
      `SELECT count(*)::int AS locks FROM audit_log WHERE action = 'user.locked_out' AND (origin ->> 'ip') = $1`,
      [from],
    );
    expect(locks).toBe(1);
  });

  it('stores no email addresses, and no rows for long', async () => {
    const [bob, from] = [await register(client), newAddress()];
    await fail(bob.email, from, 1);
    const rows = (): Promise<object[]> => app.database.query('SELECT * FROM sign_in_failures');
    expect(JSON.stringify(await rows())).not.toContain(bob.email);
    expect(JSON.stringify(await rows())).not.toContain(from);
    await app.database.query(`UPDATE sign_in_failures SET since = now() - interval '1 hour'`);
    // Each attempt deletes more than it creates.
    for (let i = 0; i < 10; i += 1) await fail(`nobody-${bob.email}`, newAddress(), 1);
    const old = await app.database.query(`SELECT FROM sign_in_failures WHERE since < now() - interval '30 minutes'`);
    expect(old).toEqual([]);
  });
});

it('does not accept a password that is changed while it is compared', async () => {
  const bob = await register(client);
  await app.database.query('BEGIN');
  await app.database.query(`UPDATE users SET password_hash = 'another' WHERE id = $1`, [bob.userId]);
  const signingIn = login(bob.email);
  await untilBlocking(app.database);
  await app.database.query('COMMIT');
  expectProblem(await signingIn, 'INVALID_CREDENTIALS');
  expect((await list(bob.session)).data.map(({ id }) => id)).toEqual([idOf(bob.session)]);
});

describe('the organization after a sign-in', () => {
  const home = async (account: Account): Promise<Record<string, unknown>> => (await login(account.email)).body.user;
  const close = (organizationId: string, how: 'suspended_at' | 'deleted_at'): Promise<unknown> =>
    app.database.query(`UPDATE organizations SET ${how} = now() WHERE id = $1`, [organizationId]);

  it('is the first joined of the open ones', async () => {
    const bob = await register(client);
    await joins(bob, ada.organizationId);
    expect(await home(bob)).toMatchObject({ organization_id: bob.organizationId });
    await close(bob.organizationId, 'suspended_at');
    expect(await home(bob)).toMatchObject({ organization_id: ada.organizationId });
  });

  it('is one new organization for a person with none or only deleted ones', async () => {
    const [bob, eve] = await Promise.all([register(client, { name: 'Bob' }), register(client)]);
    await close(bob.organizationId, 'deleted_at');
    await app.database.query('DELETE FROM memberships WHERE user_id = $1', [eve.userId]);
    for (const account of [bob, eve]) {
      const users = await Promise.all([home(account), home(account), home(account)]);
      const made = new Set(users.map((user) => user['organization_id']));
      expect(made.size).toBe(1);
      expect(made).not.toContain(account.organizationId);
      const [role] = await app.database.query(
        'SELECT role, name FROM memberships JOIN organizations ON id = organization_id WHERE user_id = $1 AND id = $2',
        [account.userId, [...made][0]],
      );
      expect(role).toEqual({ role: 'owner', name: account === bob ? 'Bob' : eve.email.split('@')[0] });
    }
  });

  it('is a new one for a member of a suspended organization who owns none', async () => {
    const bob = await register(client);
    await app.database.query(`UPDATE memberships SET role = 'member' WHERE user_id = $1`, [bob.userId]);
    await close(bob.organizationId, 'suspended_at');
    const { status, body } = await login(bob.email);
    expect({ status, isOther: body.user.organization_id !== bob.organizationId }).toEqual({
      status: 200,
      isOther: true,
    });
  });

  it('does not exist for a person whose only organization is suspended', async () => {
    const bob = await register(client);
    await close(bob.organizationId, 'suspended_at');
    const { detail } = expectProblem(await login(bob.email), 'FORBIDDEN');
    expect(detail).toContain('suspended');
    expectProblem(await refresh(bob.refreshToken), 'TOKEN_REVOKED');
    await app.database.query('UPDATE organizations SET suspended_at = NULL WHERE id = $1', [bob.organizationId]);
    expect((await refresh(bob.refreshToken)).status).toBe(200);
  });
});
