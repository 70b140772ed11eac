import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase } from '../harness/database.mjs';
import { eventually } from '../harness/eventually.js';
import { register } from '../harness/fixtures.js';
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

describe('keys in the database', () => {
  it('creates a working key as the reference shows, and prints it once', async () => {
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

  it('creates a key with every option', async () => {
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

  it('lists the keys of one organization, and names the organization', async () => {
    const list = await run('keys', 'list', '--org', 'Engines');
    expect(list.stdout).toMatch(/^ID +NAME +KEY +ORGANIZATION .*\n.* Engines /);
    expect((await run('keys', 'list', '--org', 'Nobody')).code).toBe(3);
  });

  it('rotates a key with an overlap', async () => {
    const { json: made } = await run('keys', 'create', '--name', 'Turning', '--json');
    const { code, json: rotated } = await run('keys', 'rotate', made.hint, '--overlap', '1d', '--json');
    expect([code, rotated.id]).toEqual([0, made.id]);
    expect(rotated.key).not.toBe(made.key);
    for (const key of [made.key, rotated.key]) {
      expect((await app.client.as(key).get('/api/v1/knowledge')).status).toBe(200);
    }
  });

  it('revokes a key that a test key created', async () => {
    const request = { name: 'In test', environment: 'test', scopes: ['api-keys:write', 'knowledge:read'] };
    const { body: maker } = await account.session.post<{ key: string }>('/api/v1/api-keys', request);
    const { body: made } = await app.client
      .as(maker.key)
      .post<{ id: string; key: string }>('/api/v1/api-keys', request);
    expect((await run('keys', 'revoke', made.id)).code).toBe(0);
    expect(await recorded('api_key.revoked', made.id)).toEqual([operator]);
    await eventually(async () => expect((await app.client.as(made.key).get('/api/v1/knowledge')).status).toBe(401));
  });

  it('revokes a key given as a whole, and the server rejects it', async () => {
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
    ['an environment that is none', ['--env', 'moon'], 2, "option '--env <environment>' argument 'moon' is invalid"],
    ['an organization that is none', ['--org', 'Nobody'], 3, 'Organization "Nobody" does not exist'],
    ['a time that is none', ['--expires', 'soon'], 2, "option '--expires <when>' argument 'soon' is invalid"],
    ['a unit that is none', ['--expires', '90x'], 2, "option '--expires <when>' argument '90x' is invalid"],
    ['a time that is past', ['--expires', '2020-01-01'], 2, '--expires: '],
  ])('rejects %s', async (_title, args, exitCode, message) => {
    const { code, stdout, stderr } = await run('keys', 'create', '--name', 'x', ...args);
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toContain(message);
  });

  it('uses a server if one is named, except with --database', async () => {
    const named = { PARLANCE_URL: 'http://127.0.0.1:1', PARLANCE_API_KEY: 'parl_live_sk_x' };
    expect((await parlance.run(['keys', 'list'], named)).code).toBe(5);
    expect((await parlance.run(['keys', 'list', '--database'], named)).code).toBe(0);
  });
});

describe('with several organizations', () => {
  beforeAll(async () => {
    await register(app.client, { organization_name: 'Demo' });
  });

  it('asks which one to use', async () => {
    const { code, stderr } = await run('keys', 'create', '--env', 'live');
    expect([code, stderr]).toEqual([2, expect.stringContaining('choose one with --org')]);
    expect((await run('keys', 'create', '--env', 'live', '--org', 'Engines')).code).toBe(0);
    const { json } = await run('keys', 'list', '--org', 'Demo', '--json');
    expect(json.data).toEqual([]);
  });

  it('uses the demo organization of a development server', async () => {
    const { code, json } = await parlance.run(['keys', 'create', '--env', 'live', '--json'], {
      NODE_ENV: 'development',
    });
    expect([code, json]).toMatchObject([0, { name: 'Command line', organization_name: 'Demo' }]);
  });
});

describe('with an APP_SECRET that differs from the servers’', () => {
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
  ])('does nothing, and says why: %s %s', async (...args) => {
    const before = await state();
    const { code, stderr } = await parlance.run(args, other);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^APP_SECRET is not the one .*--new-secret/)]);
    expect(await state()).toEqual(before);
  });

  it('signs with a new key if the change is intended', async () => {
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
