import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { startApp, type TestApp } from '../harness/app.js';
import { CommandLine, type Ended } from '../harness/command-line.js';
import { createDatabase } from '../harness/database.js';
import { testEnvironment } from '../harness/environment.js';
import { eventually } from '../harness/eventually.js';
import { PASSWORD, register, type Account } from '../harness/fixtures.js';

let app: TestApp;
let parlance: CommandLine;
let account: Account;
let folder: string;

beforeAll(async () => {
  const { REDIS_KEY_PREFIX } = testEnvironment();
  app = await startApp({ REDIS_KEY_PREFIX: REDIS_KEY_PREFIX as string });
  parlance = new CommandLine(testEnvironment({ DATABASE_URL: app.database.url, REDIS_KEY_PREFIX }));
  account = await register(app.client, { organization_name: 'Engines' });
  folder = mkdtempSync(join(tmpdir(), 'parlance-cli-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  parlance.remove();
  await app.close();
});

const run = (...args: string[]): Promise<Ended> => parlance.run(args);

/** Who did that to which, as the audit log has it. */
const recorded = (action: string, targetId: string): Promise<unknown[]> =>
  app.database.query('SELECT actor_kind, actor_id FROM audit_log WHERE action = $1 AND target_id = $2', [
    action,
    targetId,
  ]);
const operator = { actor_kind: 'operator', actor_id: userInfo().username };

describe('keys in the database', () => {
  it('makes a key as the reference shows it, which works and is printed once', async () => {
    const { code, stdout, stderr } = await run('keys', 'create', '--name', 'WhatsApp Gateway', '--env', 'prod');
    expect([code, stderr]).toEqual([0, '']);
    const key = /^parl_live_sk_\S+/.exec(stdout)?.[0] as string;
    expect((await app.client.as(key).get('/api/v1/knowledge')).status).toBe(200);
    const list = await run('keys', 'list');
    expect(list.stdout).toContain('WhatsApp Gateway');
    expect(list.stdout).not.toContain(key);
    const { json } = await run('keys', 'list', '--json');
    expect(json.data).toMatchObject([{ name: 'WhatsApp Gateway', organization_id: account.organizationId }]);
    expect(await recorded('api_key.created', json.data[0].id)).toEqual([operator]);
  });

  it('makes one with all there is to say', async () => {
    const { code, json } = await run(
      ...['keys', 'create', '--name', 'Service', '--env', 'dev', '--org', 'engines', '--kind', 'internal', '--json'],
      ...['--scopes', 'knowledge:read, knowledge:write', '--expires', '90d', '--rate-limit', '30'],
      ...['--allowed-ip', '127.0.0.1', '2001:db8::/32'],
    );
    expect([code, json]).toMatchObject([
      0,
      {
        environment: 'test',
        kind: 'internal',
        scopes: ['knowledge:read', 'knowledge:write'],
        rate_limit: 30,
        allowed_ips: ['127.0.0.1', '2001:db8::/32'],
        expires_at: expect.any(String),
        key: expect.stringMatching(/^parl_test_sk_/),
      },
    ]);
  });

  it('rotates one, with an overlap', async () => {
    const { json: made } = await run('keys', 'create', '--name', 'Turning', '--json');
    const { code, json: rotated } = await run('keys', 'rotate', made.hint, '--overlap', '1d', '--json');
    expect([code, rotated.id]).toEqual([0, made.id]);
    expect(rotated.key).not.toBe(made.key);
    for (const key of [made.key, rotated.key]) {
      expect((await app.client.as(key).get('/api/v1/knowledge')).status).toBe(200);
    }
  });

  it('revokes one that a test key has made', async () => {
    const request = { name: 'In test', environment: 'test', scopes: ['api-keys:write', 'knowledge:read'] };
    const { body: maker } = await account.session.post<{ key: string }>('/api/v1/api-keys', request);
    const { body: made } = await app.client
      .as(maker.key)
      .post<{ id: string; key: string }>('/api/v1/api-keys', request);
    expect((await run('keys', 'revoke', made.id)).code).toBe(0);
    expect(await recorded('api_key.revoked', made.id)).toEqual([operator]);
    await eventually(async () => expect((await app.client.as(made.key).get('/api/v1/knowledge')).status).toBe(401));
  });

  it('revokes one by its text, and the server refuses it', async () => {
    const { json: made } = await run('keys', 'create', '--name', 'Going', '--json');
    expect((await app.client.as(made.key).get('/api/v1/knowledge')).status).toBe(200);
    const { code, stdout } = await run('keys', 'revoke', made.key);
    expect([code, stdout]).toEqual([0, `Revoked ${made.id}.\n`]);
    await eventually(
      async () => expect((await app.client.as(made.key).get('/api/v1/knowledge')).status).toBe(401),
      1_000,
    );
    expect((await run('keys', 'revoke', made.id, '--json')).json.error.code).toBe('NOT_FOUND');
  });

  it.each([
    ['a scope that is none', ['--scopes', 'everything'], 2, 'scopes: '],
    ['an environment that is none', ['--env', 'moon'], 2, '--env must be live'],
    ['an organization that is none', ['--org', 'Nobody'], 3, 'no organization "Nobody"'],
    ['a time that is none', ['--expires', 'soon'], 2, 'expires_at: '],
  ])('refuses %s', async (_title, args, exitCode, message) => {
    const { code, stdout, stderr } = await run('keys', 'create', '--name', 'x', ...args);
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toContain(message);
  });

  it('uses a server if one is named, unless told otherwise', async () => {
    const named = { PARLANCE_URL: 'http://127.0.0.1:1', PARLANCE_API_KEY: 'parl_live_sk_x' };
    expect((await parlance.run(['keys', 'list'], named)).code).toBe(5);
    expect((await parlance.run(['keys', 'list', '--database'], named)).code).toBe(0);
  });
});

describe('users set-email', () => {
  it('gives an account another address, which is to be confirmed; the audit log names the operator', async () => {
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
    expect([taken.code !== 0, taken.stderr]).toEqual([true, expect.stringContaining('exists already')]);
    const invalid = await run('users', 'set-email', ada.userId, '"a b"@example.com');
    expect([invalid.code !== 0, invalid.stderr]).toEqual([true, expect.stringContaining('must be an email address')]);
  });
});

describe('users create', () => {
  const create = (email: string, ...args: string[]): Promise<Ended> =>
    parlance.run(['users', 'create', email, '--password-stdin', ...args], { input: `${PASSWORD}\nnot this\n` });

  it('makes an account with its organization, whose person can sign in; the audit log names the operator', async () => {
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

  it('makes a superuser at once', async () => {
    const { code, stdout } = await create('ops@example.com', '--superuser');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/email +ops@example\.com\n(.*\n)*superuser +yes\n/)]);
    const { json } = await run('users', 'show', 'ops@example.com', '--json');
    expect(json).toMatchObject({ name: null, is_superuser: true });
    expect(await recorded('user.superuser_granted', json.id)).toEqual([operator]);
  });

  it('refuses an address that is taken with 1', async () => {
    const { code, json } = await create(account.email.toUpperCase(), '--json');
    expect([code, json.error.code]).toEqual([1, 'CONFLICT']);
  });

  it.each([
    ['an address that is none', 'nobody', `${PASSWORD}\n`, 'email: '],
    ['a known bad password', 'new@example.com', 'password1234\n', 'password: is known from leaks'],
    ['a short password', 'new@example.com', 'short\n', 'password: '],
    ['no password', 'new@example.com', '', 'password: '],
  ])('refuses %s with 2, and makes nothing', async (_title, email, input, message) => {
    const { code, stdout, stderr } = await parlance.run(['users', 'create', email, '--password-stdin'], { input });
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(message)]);
    expect((await run('users', 'list', '--email', email, '--json')).json.data).toEqual([]);
  });

  it('takes a password from elsewhere than a terminal only when told to', async () => {
    const { code, stderr } = await parlance.run(['users', 'create', 'new@example.com'], { input: `${PASSWORD}\n` });
    expect([code, stderr]).toEqual([2, expect.stringContaining('--password-stdin')]);
  });
});

describe('users', () => {
  it('lists and shows', async () => {
    const list = await run('users', 'list', '--email', account.email.slice(0, 10));
    expect(list.stdout).toMatch(new RegExp(`^ID +EMAIL.*\n${account.userId} +${account.email} `));
    const { json } = await run('users', 'show', account.email.toUpperCase(), '--json');
    expect(json).toMatchObject({ id: account.userId, is_superuser: false });
    expect(JSON.stringify(json)).not.toMatch(/password|hash/);
    expect((await run('users', 'show', 'nobody@example.com')).code).toBe(3);
  });

  it('makes a superuser and an ordinary person again', async () => {
    expect((await run('users', 'promote', account.email, '--json')).json.is_superuser).toBe(true);
    await eventually(async () => expect((await account.session.get('/api/v1/admin/users')).status).toBe(200));
    expect((await run('users', 'demote', account.userId)).stdout).toMatch(/superuser +no\n/);
    expect(await recorded('user.superuser_granted', account.userId)).toEqual([operator]);
  });

  it('closes an account, opens it, and signs a person out everywhere', async () => {
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

describe('orgs', () => {
  it('lists, shows and tells the members', async () => {
    expect((await run('orgs', 'list', '--name', 'engi')).stdout).toMatch(/ Engines +free +active /);
    expect((await run('orgs', 'show', 'Engines', '--json')).json).toMatchObject({ id: account.organizationId });
    expect((await run('orgs', 'members', 'Engines')).stdout).toMatch(new RegExp(` ${account.email} .* owner `));
    expect((await run('orgs', 'show', 'Nobody', '--json')).json.error.code).toBe('NOT_FOUND');
  });

  it('sets the plan', async () => {
    expect((await run('orgs', 'plan', 'Engines', 'pro', '--json')).json.plan).toBe('pro');
    expect(await recorded('organization.plan_changed', account.organizationId)).toEqual([operator]);
    expect((await run('orgs', 'plan', 'Engines', 'gold')).code).toBe(2);
  });

  it('suspends and resumes', async () => {
    expect((await run('orgs', 'suspend', 'Engines')).stdout).toMatch(/status +suspended/);
    await eventually(async () => expect((await account.session.get('/api/v1/knowledge')).status).toBe(401));
    expect((await run('orgs', 'resume', account.organizationId, '--json')).json.status).toBe('active');
    await eventually(async () => expect((await account.session.get('/api/v1/knowledge')).status).toBe(200));
  });

  it('asks which one where a name is not unique, and --org where there are several', async () => {
    const { organizationId } = await register(app.client, { organization_name: 'ENGINES' });
    const { code, stderr } = await run('orgs', 'show', 'Engines');
    expect([code, stderr]).toEqual([2, expect.stringContaining('Several organizations are named "Engines"')]);
    expect((await run('orgs', 'show', organizationId)).code).toBe(0);
    expect((await run('keys', 'create', '--name', 'x')).stderr).toContain('Give --org');
  });
});

describe('signing-keys', () => {
  it('rotates: the new key signs, tokens of the old one are still good', async () => {
    const { session } = await register(app.client);
    const [before] = (await run('signing-keys', 'list', '--json')).json.data;
    const { code, json } = await run('signing-keys', 'rotate', '--overlap', '1d', '--json');
    expect([code, json.kid]).toEqual([0, expect.not.stringContaining(before.kid)]);
    const { stdout } = await run('signing-keys', 'list');
    expect(stdout).toMatch(new RegExp(`^KEY .*\n${json.kid} +ES256 +yes .*\n${before.kid} +ES256 +no `));
    expect((await session.get('/auth/me')).status).toBe(200);
    expect(await recorded('signing_key.rotated', json.kid)).toEqual([operator]);
  });

  it('ends no tokens by accident', async () => {
    const { code, stderr } = await run('signing-keys', 'rotate', '--overlap', '10m');
    expect([code, stderr]).toEqual([2, expect.stringContaining('--end-tokens')]);
  });
});

describe('with another APP_SECRET than the servers have', () => {
  const other = { APP_SECRET: 'another secret of more than 32 characters' };
  const state = (): Promise<unknown[]> =>
    app.database.query(
      'SELECT (SELECT count(*) FROM audit_log), (SELECT count(*) FROM api_keys), (SELECT count(*) FROM signing_keys)',
    );

  it.each([
    ['signing-keys', 'rotate'],
    ['keys', 'create', '--name', 'Worthless', '--org', 'engines'],
    ['users', 'deactivate', 'nobody@example.com'],
    ['audit', 'verify'],
  ])('does nothing, and says so: %s %s', async (...args) => {
    const before = await state();
    const { code, stderr } = await parlance.run(args, other);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^APP_SECRET is another one.*--new-secret/)]);
    expect(await state()).toEqual(before);
  });

  it('signs with a new key when it is said to be meant', async () => {
    const database = await createDatabase();
    try {
      const env = { DATABASE_URL: database.url };
      expect((await parlance.run(['signing-keys', 'list'], env)).code).toBe(0);
      const rotated = await parlance.run(['signing-keys', 'rotate', '--new-secret'], { ...env, ...other });
      expect(rotated.code).toBe(0);
      expect((await parlance.run(['signing-keys', 'list'], { ...env, ...other })).code).toBe(0);
      expect((await parlance.run(['signing-keys', 'list'], env)).code).toBe(2);
    } finally {
      await database.drop();
    }
  });
});

describe('audit verify', () => {
  it('finds everything intact, then what was altered', async () => {
    const before = await run('audit', 'verify');
    expect([before.code, before.stdout]).toEqual([0, expect.stringMatching(/^Intact: \d+ entries in \d+ chains\.\n$/)]);
    await app.database.query('ALTER TABLE audit_log DISABLE TRIGGER USER');
    await app.database.query(
      `UPDATE audit_log SET actor_id = 'somebody' WHERE action = 'organization.plan_changed' AND target_id = $1`,
      [account.organizationId],
    );
    await app.database.query('ALTER TABLE audit_log ENABLE TRIGGER USER');
    const after = await run('audit', 'verify', '--json');
    expect([after.code, after.json.ok]).toEqual([6, false]);
    const broken = after.json.chains.filter(({ ok }: { ok: boolean }) => !ok);
    expect(broken).toMatchObject([{ organization_id: account.organizationId, finding_count: 1 }]);
    const one = await run('audit', 'verify', '--org', account.organizationId);
    expect([one.code, one.stdout]).toEqual([6, expect.stringMatching(/\n {2}entry \d+: altered: .*\nDAMAGED: 1 of /)]);
  });

  it('does not know an organization that never was', async () => {
    expect((await run('audit', 'verify', '--org', '0198f2a0-0000-7000-8000-000000000000')).code).toBe(3);
  });
});

describe('migrate', () => {
  it('tells how many were applied', async () => {
    expect((await run('migrate')).stdout).toBe('0 migrations applied\n');
    expect((await run('migrate', '--json')).json).toEqual({ applied: 0 });
  });
});

describe('openapi export', () => {
  it('writes the document of this version', async () => {
    const committed = readFileSync('openapi.json', 'utf8');
    expect((await run('openapi', 'export')).stdout).toBe(committed);
    expect((await run('openapi', 'export', '--json')).json).toEqual(JSON.parse(committed));
    const file = join(folder, 'openapi.json');
    expect((await run('openapi', 'export', file, '--json')).json).toMatchObject({ file });
    expect(readFileSync(file, 'utf8')).toBe(committed);
    expect((await run('openapi', 'export', join(folder, 'none/openapi.json'))).code).toBe(1);
  });
});

describe('without a database', () => {
  it.each([
    ['5 when it is not there', { DATABASE_URL: 'postgresql://127.0.0.1:1/none' }, 5, 'PostgreSQL cannot be reached.'],
    ['2 when a variable is missing', { APP_SECRET: '' }, 2, 'APP_SECRET: is required'],
    ['5 when nothing names one and no server runs here', { DATABASE_URL: '' }, 5, 'start it with npm start'],
  ])('ends with %s', async (_title, variables, exitCode, message) => {
    const { code, stdout, stderr } = await parlance.run(['users', 'list'], { PARLANCE_HOME: folder, ...variables });
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain(new URL(app.database.url).password || 'no password');
  });
});
