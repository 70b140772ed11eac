import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { PASSWORD, register, type Account } from '../harness/fixtures.js';
import {
  authorizationPath,
  CALLBACK,
  FormBrowser,
  letInAt,
  makeApplication,
  makePkce,
  tokenRequest,
  type Application,
} from '../harness/oauth.js';

type Answer = Partial<
  Record<'scope' | 'error' | 'error_description' | 'request_uri' | 'device_code' | 'user_code', string>
>;

let app: TestApp;
let person: Account;
let application: Application;
beforeAll(async () => {
  app = await startApp();
  person = await register(app.client);
  application = await makeApplication(person.session, { scopes: ['conversations:read', 'knowledge:read'] });
});
afterAll(() => app.close());

async function ask(path: string, fields: Record<string, string>): Promise<Answer> {
  const { client_id, client_secret } = application;
  return (await tokenRequest<Answer>(app.client, { client_id, client_secret, ...fields }, { path })).body;
}

/** Follows a flow from that address to its end, and allows all that the page offers. */
async function tokensFrom(path: string, verifier: string): Promise<Answer> {
  const arrived = await letInAt(new FormBrowser(app.client.url), path, { email: person.email });
  const { code, ...rest } = Object.fromEntries(arrived.searchParams);
  if (code === undefined) return rest;
  const fields = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: verifier };
  return ask('/oauth/token', fields);
}

const named = (scope: string | undefined): { scope?: string } => (scope === undefined ? {} : { scope });

/** Ways to ask for scopes. Each returns the response to the client. */
const WAYS: Record<string, (scope?: string) => Promise<Answer>> = {
  'authorization code': (scope) => {
    const { verifier, challenge } = makePkce();
    const path = authorizationPath(application.client_id, challenge, { parameters: { prompt: 'consent' } });
    const query = scope === undefined ? '' : `&${new URLSearchParams({ scope }).toString()}`;
    return tokensFrom(path.replace(/&scope=[^&]+/, query), verifier);
  },
  'pushed authorization request': async (scope) => {
    const { verifier, challenge } = makePkce();
    const { request_uri: pushed, ...rest } = await ask('/oauth/par', {
      response_type: 'code',
      redirect_uri: CALLBACK,
      ...named(scope),
      prompt: 'consent',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    if (pushed === undefined) return rest;
    const query = new URLSearchParams({ client_id: application.client_id, request_uri: pushed });
    return tokensFrom(`/oauth/authorize?${query.toString()}`, verifier);
  },
  'device code': async (scope) => {
    const { device_code: code, user_code: shown, ...rest } = await ask('/oauth/device/authorize', named(scope));
    if (code === undefined || shown === undefined) return rest;
    const browser = new FormBrowser(app.client.url);
    await browser.open('/oauth/device');
    await browser.submit('/oauth/device', [['user_code', shown]]);
    await browser.submit('/oauth/device');
    const { text } = await browser.submit('/sign-in', [
      ['email', person.email],
      ['password', PASSWORD],
    ]);
    const boxes = [...text.matchAll(/name="scope"\s+value="([^"]+)"/g)].map(([, each = '']) => each);
    await browser.submit(
      '/consent',
      boxes.map((each) => ['scope', each]),
    );
    return ask('/oauth/token', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: code });
  },
  'client credentials': (scope) => ask('/oauth/token', { grant_type: 'client_credentials', ...named(scope) }),
};

describe.each(Object.entries(WAYS))('a request for scopes by %s', (_way, request) => {
  it('gets those of the app, and is told which', async () => {
    const { scope } = await request('conversations:read audit:read billing:write');
    expect(scope).toBe('conversations:read');
  });

  it('may contain scopes that do not exist', async () => {
    expect((await request('no:such-scope knowledge:read mcp')).scope).toBe('knowledge:read');
  });

  it.each([undefined, ''])('gets all scopes of the app if it names none (%j)', async (scope) => {
    expect((await request(scope)).scope).toBe('conversations:read knowledge:read');
  });

  it.each(['audit:read', 'no:such-scope', 'audit:read no:such-scope'])(
    'is refused if nothing is left of %j',
    async (scope) => {
      expect(await request(scope)).toMatchObject({ error: 'invalid_scope', error_description: expect.any(String) });
    },
  );

  it('is refused if it is no list of scopes', async () => {
    expect(await request('conversations:read\\ "x"')).toMatchObject({ error: 'invalid_scope' });
  });
});

it('offers on the page only what the app may have', async () => {
  const browser = new FormBrowser(app.client.url);
  await browser.open(
    authorizationPath(application.client_id, makePkce().challenge, { scope: 'openid conversations:read audit:read' }),
  );
  const { text } = await browser.submit('/sign-in', [
    ['email', person.email],
    ['password', PASSWORD],
  ]);
  expect([...text.matchAll(/name="scope"\s+value="([^"]+)"/g)].map(([, each]) => each)).toEqual(['conversations:read']);
});
