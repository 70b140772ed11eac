import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { PASSWORD, register, type Account } from '../harness/fixtures.js';
import { FormBrowser, makeApplication, type Place } from '../harness/oauth.js';
import { ServerProcess } from '../harness/processes.js';

const SCOPES = ['conversations:read', 'conversations:write'];

async function findFreePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('examples/oauth-app', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  let person: Account;
  let app: ChildProcess;
  let appUrl: string;

  beforeAll(async () => {
    database = await createDatabase(true);
    // The issuer must be the address at which clients reach the server.
    const port = await findFreePort();
    server = await ServerProcess.start('main.js', {
      DATABASE_URL: database.url,
      REDIS_KEY_PREFIX: `oauth-app-${randomBytes(6).toString('hex')}`,
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      WORKER_INLINE: 'true',
    });
    person = await register(server.client);
    const { client_id, client_secret } = await makeApplication(person.session, {
      redirect_uris: ['http://127.0.0.1/callback'],
      scopes: SCOPES,
    });
    const content = 'The library is open from 9 to 18.';
    expect((await person.session.post('/api/v1/knowledge', { title: 'Library', content })).status).toBe(201);
    const appPort = await findFreePort();
    appUrl = `http://127.0.0.1:${appPort}`;
    app = spawn(process.execPath, ['examples/oauth-app/app.mjs'], {
      env: {
        PARLANCE_URL: server.url,
        PORT: String(appPort),
        CLIENT_ID: client_id,
        CLIENT_SECRET: client_secret,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [greeting] = (await once(app.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    expect(greeting.toString()).toBe(`Open ${appUrl}\n`);
  });

  afterAll(async () => {
    app?.kill();
    await server.kill('SIGTERM');
    await database.drop();
  });

  /** Leaves the app for the server, and decides there. */
  async function decide(browser: FormBrowser, action: '/consent' | '/cancel'): Promise<Place> {
    const { url } = await browser.open('/sign-in');
    expect(url.origin).toBe(server.url);
    const pages = new FormBrowser(server.url, server.url);
    await pages.open(url.pathname + url.search);
    await pages.submit('/sign-in', [
      ['email', person.email],
      ['password', PASSWORD],
    ]);
    const back = await pages.submit(
      action,
      SCOPES.map((scope) => ['scope', scope]),
    );
    expect(back.url.origin).toBe(appUrl);
    return browser.open(back.url.pathname + back.url.search);
  }

  const listAuthorizations = async (): Promise<{ id: string }[]> =>
    (await person.session.get<{ data: { id: string }[] }>('/api/v1/authorizations')).body.data;

  it('signs a person in, asks for them, and ends its access when they sign out', async () => {
    const browser = new FormBrowser(appUrl, appUrl);
    expect((await browser.open('/')).text).toContain('Sign in with Parlance');
    const home = await decide(browser, '/consent');
    expect(home.text).toContain(person.email);
    const answered = await browser.submit('/ask', [['question', 'When is the library open?']]);
    expect(answered.text).toContain('<blockquote>The library is open from 9 to 18. [1]</blockquote>');
    expect(answered.text).toContain('<li>When is the library open?</li>');
    expect(await listAuthorizations()).toHaveLength(1);
    expect((await browser.submit('/sign-out')).text).toContain('Sign in with Parlance');
    expect(await listAuthorizations()).toEqual([]);
  });

  it('notices that the person has ended its access', async () => {
    const browser = new FormBrowser(appUrl, appUrl);
    await decide(browser, '/consent');
    const [authorization] = await listAuthorizations();
    expect((await person.session.delete(`/api/v1/authorizations/${authorization?.id}`)).status).toBe(204);
    const { status, text } = await browser.open('/');
    expect({ status, text }).toEqual({ status: 401, text: expect.stringContaining('Your access has ended.') });
    expect((await browser.open('/')).status).toBe(200);
  });

  it('gets nothing from a person who cancels', async () => {
    const browser = new FormBrowser(appUrl, appUrl);
    const { status, text } = await decide(browser, '/cancel');
    expect({ status, text }).toEqual({ status: 400, text: expect.stringContaining('denied access') });
    expect(await listAuthorizations()).toEqual([]);
  });

  it('uses the versions that are tested here', () => {
    const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, string>>;
    const { dependencies = {} } = read('examples/oauth-app/package.json');
    expect({ ...read('package.json')['devDependencies'], ...read('package.json')['dependencies'] }).toMatchObject(
      dependencies,
    );
  });
});
