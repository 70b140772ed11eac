import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ended } from '../harness/command-line.js';
import { eventually } from '../harness/eventually.js';
import { PASSWORD, register } from '../harness/fixtures.js';
import { operator, startOperatedServer, type OperatedServer } from '../harness/operator.js';

let server: OperatedServer;
let app: OperatedServer['app'];
let parlance: OperatedServer['parlance'];
let account: OperatedServer['account'];
let run: OperatedServer['run'];
let recorded: OperatedServer['recorded'];

beforeAll(async () => {
  server = await startOperatedServer();
  ({ app, parlance, account, run, recorded } = server);
});
afterAll(async () => {
  await server.close();
});

describe('users set-email', () => {
  it('sets an address that must be confirmed, and audits the operator', async () => {
    const [ada, other] = [await register(app.client), await register(app.client)];
    await app.database.query(`UPDATE users SET email = $2, email_issue = 'taken', is_verified = true WHERE id = $1`, [
      ada.userId,
      `${ada.email} (${ada.userId})`,
    ]);
    expect((await run('users', 'show', ada.userId)).stdout).toMatch(/email issue\s+taken/i);
    const email = `ada-${ada.userId}@xn--bcher-kva.example`;
    const { code, json } = await run(
      'users',
      'set-email',
      ada.userId,
      email.replace('xn--bcher-kva', 'B\u00fccher'),
      '--json',
    );
    expect([code, json]).toMatchObject([0, { id: ada.userId, email, email_issue: null, is_verified: false }]);
    expect((await app.client.post('/auth/login', { email, password: PASSWORD })).status).toBe(200);
    expect(await recorded('user.email_changed', ada.userId)).toEqual([operator]);
    const mails = `SELECT FROM events e JOIN one_time_tokens t ON t.id = e.subject WHERE t.email = $1 AND t.used_at IS NULL`;
    expect(await app.database.query(mails, [email])).toHaveLength(1);

    const taken = await run('users', 'set-email', ada.userId, other.email.toUpperCase());
    expect([taken.code !== 0, taken.stderr]).toEqual([true, expect.stringContaining('already exists')]);
    const invalid = await run('users', 'set-email', ada.userId, '"a b"@example.com');
    expect([invalid.code !== 0, invalid.stderr]).toEqual([true, expect.stringContaining('must be an email address')]);
  });
});

describe('users create', () => {
  const create = (email: string, ...args: string[]): Promise<Ended> =>
    parlance.run(['users', 'create', email, '--password-stdin', ...args], { input: `${PASSWORD}\nnot this\n` });

  it('creates an account that can sign in, with its organization, and audits the operator', async () => {
    const { code, stdout, stderr, json } = await create(
      ...['Grace@Example.com', '--name', 'Grace', '--organization', 'Compilers', '--json'],
    );
    expect([code, stderr, stdout.includes(PASSWORD)]).toEqual([0, '', false]);
    expect(json).toMatchObject({ email: 'grace@example.com', name: 'Grace', is_verified: false, is_superuser: false });
    const { body } = await app.client.post<{ access_token: string; user: object }>('/auth/login', {
      email: 'grace@example.com',
      password: PASSWORD,
    });
    const { is_superuser: _isSuperuser, ...user } = json;
    expect(body.user).toEqual(user);
    const session = app.client.as(body.access_token);
    const organization = await session.get<object>(`/api/v1/organizations/${json.organization_id}`);
    expect(organization.body).toMatchObject({ name: 'Compilers', plan: 'free' });
    expect((await session.get('/api/v1/admin/users')).status).toBe(403);
    expect(await recorded('user.created', json.id)).toEqual([operator]);
    expect(await recorded('organization.created', json.organization_id)).toEqual([operator]);
    expect(await recorded('user.registered', json.id)).toEqual([]);
    const mails = `SELECT FROM events WHERE type = 'user.email_verification_requested' AND organization_id = $1`;
    expect(await app.database.query(mails, [json.organization_id])).toHaveLength(1);
  });

  it('creates a superuser directly', async () => {
    const { code, stdout } = await create('ops@example.com', '--superuser');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/email +ops@example\.com\n(.*\n)*superuser +yes\n/)]);
    const { json } = await run('users', 'show', 'ops@example.com', '--json');
    expect(json).toMatchObject({ name: null, is_superuser: true });
    expect(await recorded('user.superuser_granted', json.id)).toEqual([operator]);
  });

  it('exits with 1 for an address that is taken', async () => {
    const { code, json } = await create(account.email.toUpperCase(), '--json');
    expect([code, json.error.code]).toEqual([1, 'CONFLICT']);
  });

  it.each([
    ['an address that is none', 'nobody', `${PASSWORD}\n`, 'email: '],
    ['a known bad password', 'new@example.com', 'password1234\n', 'password: must not be a common'],
    ['a short password', 'new@example.com', 'short\n', 'password: '],
    ['no password', 'new@example.com', '', 'password: '],
  ])('exits with 2 for %s, and creates nothing', async (_title, email, input, message) => {
    const { code, stdout, stderr } = await parlance.run(['users', 'create', email, '--password-stdin'], { input });
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(message)]);
    expect((await run('users', 'list', '--email', email, '--json')).json.data).toEqual([]);
  });

  it('reads a password from standard input only with --password-stdin', async () => {
    const { code, stderr } = await parlance.run(['users', 'create', 'new@example.com'], { input: `${PASSWORD}\n` });
    expect([code, stderr]).toEqual([2, expect.stringContaining('--password-stdin')]);
  });
});

describe('users', () => {
  it('lists and shows accounts', async () => {
    const list = await run('users', 'list', '--email', account.email.slice(0, 10));
    expect(list.stdout).toMatch(new RegExp(`^ID +EMAIL.*\n${account.userId} +${account.email} `));
    const { json } = await run('users', 'show', account.email.toUpperCase(), '--json');
    expect(json).toMatchObject({ id: account.userId, is_superuser: false });
    expect(JSON.stringify(json)).not.toMatch(/password|hash/);
    expect((await run('users', 'show', 'nobody@example.com')).code).toBe(3);
  });

  it('promotes and demotes', async () => {
    expect((await run('users', 'promote', account.email, '--json')).json.is_superuser).toBe(true);
    await eventually(async () => expect((await account.session.get('/api/v1/admin/users')).status).toBe(200));
    expect((await run('users', 'demote', account.userId)).stdout).toMatch(/superuser +no\n/);
    expect(await recorded('user.superuser_granted', account.userId)).toEqual([operator]);
  });

  it('deactivates, reactivates, and ends all sessions', async () => {
    const person = await register(app.client);
    await run('users', 'deactivate', person.email);
    await eventually(async () => expect((await person.session.get('/auth/me')).status).toBe(401));
    await run('users', 'reactivate', person.email);
    const signIn = await app.client.post<{ access_token: string }>('/auth/login', {
      email: person.email,
      password: PASSWORD,
    });
    expect(signIn.status).toBe(200);
    const { code, json } = await run('users', 'end-sessions', person.email, '--json');
    expect([code, json]).toEqual([0, { id: person.userId, sessions_ended: true }]);
    const session = app.client.as(signIn.body.access_token);
    await eventually(async () => expect((await session.get('/auth/me')).status).toBe(401));
  });
});
