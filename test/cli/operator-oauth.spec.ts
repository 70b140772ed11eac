import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { NO_ID } from '../harness/expectations.js';
import { register } from '../harness/fixtures.js';
import { tokenRequest } from '../harness/oauth.js';
import { operator, startOperatedServer, type OperatedServer } from '../harness/operator.js';

const VALID = ['--redirect-uri', 'https://tickets.example.com/callback', '--scopes', 'conversations:read'];

let server: OperatedServer;
let run: OperatedServer['run'];
let recorded: OperatedServer['recorded'];

beforeAll(async () => {
  server = await startOperatedServer();
  ({ run, recorded } = server);
});
afterAll(() => server.close());

const create = (...args: string[]) => run('oauth', 'apps', 'create', '--name', 'Tickets', ...VALID, '--json', ...args);
const logIn = (client_id: string, client_secret: string) =>
  tokenRequest<{ access_token: string }>(server.app.client, {
    grant_type: 'client_credentials',
    scope: 'conversations:read',
    client_id,
    client_secret,
  });

describe('parlance oauth apps create', () => {
  it('registers an application, and prints a working client secret once', async () => {
    const { code, stdout, stderr } = await run('oauth', 'apps', 'create', '--name', 'Helpdesk', ...VALID);
    expect([code, stderr]).toEqual([0, '']);
    const secret = /^parl_cs_\S+/.exec(stdout)?.[0] as string;
    const id = /^client id +(\S+)$/m.exec(stdout)?.[1] as string;
    expect(stdout).toMatch(/^organization +Engines$/m);
    expect((await logIn(id, secret)).status).toBe(200);
    const { stdout: list } = await run('oauth', 'apps', 'list');
    expect(list).toMatch(new RegExp(`^${id} +Helpdesk +Engines +confidential +active +conversations:read `, 'm'));
    expect(list).not.toContain(secret);
    expect(await recorded('oauth_application.created', id)).toEqual([operator]);
  });

  it('registers an application with every option', async () => {
    const { code, json } = await run(
      ...['oauth', 'apps', 'create', '--name', 'Desk', '--kind', 'public', '--org', 'engines', '--json'],
      ...['--redirect-uri', 'com.example.desk:/callback', 'http://127.0.0.1/callback'],
      ...['--scopes', 'conversations:read, knowledge:read', '--description', 'Answers.'],
      ...['--homepage', 'https://desk.example.com', '--logo', 'https://desk.example.com/logo.png'],
    );
    expect([code, json]).toMatchObject([
      0,
      {
        kind: 'public',
        redirect_uris: ['com.example.desk:/callback', 'http://127.0.0.1/callback'],
        scopes: ['conversations:read', 'knowledge:read'],
        description: 'Answers.',
        homepage_url: 'https://desk.example.com',
        logo_url: 'https://desk.example.com/logo.png',
        client_secret: null,
        created_by: null,
      },
    ]);
  });

  it.each([
    ['a scope that is none', ['--scopes', 'everything'], '--scopes: '],
    ['an address without TLS', ['--redirect-uri', 'http://tickets.example.com/callback'], '--redirect-uri: '],
    ['a kind that is none', ['--kind', 'secret'], '--kind: '],
    ['a website without TLS', ['--homepage', 'http://tickets.example.com'], '--homepage: '],
  ])('rejects %s', async (_title, args, message) => {
    const { code, stdout, stderr } = await run('oauth', 'apps', 'create', '--name', 'Tickets', ...VALID, ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('requires a name, an address and scopes', async () => {
    for (const option of ['--name', '--redirect-uri', '--scopes']) {
      const all = ['--name', 'Tickets', ...VALID];
      const { code, stderr } = await run('oauth', 'apps', 'create', ...all.toSpliced(all.indexOf(option), 2));
      expect([code, stderr]).toEqual([2, expect.stringContaining(option)]);
    }
  });
});

describe('parlance oauth apps list', () => {
  it('lists the applications of one organization, a page at a time', async () => {
    await register(server.app.client, { organization_name: 'Mills' });
    const { json: first } = await create('--org', 'Mills');
    const { json: second } = await create('--org', 'Mills');
    const { json: page } = await run('oauth', 'apps', 'list', '--org', 'Mills', '--limit', '1', '--json');
    expect(page.data).toMatchObject([{ id: second.id, organization_name: 'Mills' }]);
    expect(page.data[0]).not.toHaveProperty('client_secret');
    const more = ['--limit', '1', '--cursor', page.next_cursor];
    const { json: rest } = await run('oauth', 'apps', 'list', '--org', 'Mills', ...more, '--json');
    expect(rest.data).toMatchObject([{ id: first.id }]);
    expect((await run('oauth', 'apps', 'list', '--org', 'Nobody')).code).toBe(3);
  });
});

describe('one application', () => {
  it('gets another secret; the old one works during the overlap', async () => {
    const { json: made } = await create('--org', 'Engines');
    const rotate = ['oauth', 'apps', 'rotate-secret', made.client_id];
    const { code, json } = await run(...rotate, '--overlap', '1d', '--json');
    expect([code, json.client_id]).toEqual([0, made.client_id]);
    for (const secret of [made.client_secret, json.client_secret]) {
      expect((await logIn(made.client_id, secret)).status).toBe(200);
    }
    const { stdout } = await run(...rotate);
    expect((await logIn(made.client_id, stdout.split('\n')[0] as string)).status).toBe(200);
    expect((await logIn(made.client_id, made.client_secret)).status).toBe(401);
    expect(await recorded('oauth_application.secret_rotated', made.id)).toEqual([operator, operator]);
  });

  it('is refused with its tokens while it is disabled', async () => {
    const { json: made } = await create('--org', 'Engines');
    const { body } = await logIn(made.client_id, made.client_secret);
    const app = server.app.client.as(body.access_token);
    expect((await app.get('/api/v1/conversations')).status).toBe(200);
    const { code, stdout } = await run('oauth', 'apps', 'disable', made.client_id);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^status +disabled$/m)]);
    await eventually(async () => expect((await app.get('/api/v1/conversations')).status).toBe(401), 1_000);
    expect((await logIn(made.client_id, made.client_secret)).status).toBe(401);
    expect((await run('oauth', 'apps', 'enable', made.client_id)).code).toBe(0);
    await eventually(async () => expect((await app.get('/api/v1/conversations')).status).toBe(200), 1_000);
    expect(await recorded('oauth_application.updated', made.id)).toEqual([operator, operator]);
  });

  it.each([['rotate-secret'], ['disable'], ['enable']])('exits with 3 if none has that id: %s', async (command) => {
    for (const id of [NO_ID, 'tickets']) expect((await run('oauth', 'apps', command, id)).code).toBe(3);
  });

  it('has no secret to rotate if it is public', async () => {
    const { json: made } = await create('--org', 'Engines', '--kind', 'public');
    const { code, stderr } = await run('oauth', 'apps', 'rotate-secret', made.client_id);
    expect([code, stderr]).toEqual([1, 'A public application has no client secret.\n']);
  });
});
