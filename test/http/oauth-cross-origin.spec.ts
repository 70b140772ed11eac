import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { register, type Account } from '../harness/fixtures.js';
import { makeApplication, obtainTokens, type Application } from '../harness/oauth.js';

const SPA = 'https://spa.example.com';
const REDIRECT = `${SPA}/callback`;
const LOOPBACK = 'http://127.0.0.1:6274';
const OTHER = 'https://other.example';

let app: TestApp;
let person: Account;
let spa: Application;
let confidential: Application;
beforeAll(async () => {
  // Its rules for pages that call the API must not shadow those of OAuth.
  app = await startApp({ CORS_ORIGINS: 'https://dashboard.example.com', OAUTH_OPEN_REGISTRATION: 'true' });
  person = await register(app.client);
  [spa, confidential] = await Promise.all([
    makeApplication(person.session, {
      kind: 'public',
      redirect_uris: [REDIRECT, 'http://127.0.0.1/callback', 'com.example.spa:/callback'],
    }),
    makeApplication(person.session, { redirect_uris: [REDIRECT] }),
  ]);
});
afterAll(() => app.close());

interface Call {
  path: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** What a browser does with a call of a page: a preflight unless the call is simple, then the call if it may be made. */
async function callFrom(origin: string, { path, method = 'GET', headers = {}, body }: Call) {
  const names = Object.keys(headers).filter((name) => name !== 'content-type' || headers[name] === 'application/json');
  if (names.length > 0 || !['GET', 'POST'].includes(method)) {
    const preflight = await fetch(app.client.url + path, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': names.join(','),
      },
    });
    const list = (name: string) => (preflight.headers.get(name) ?? '').toLowerCase().split(/\s*,\s*/);
    const isAllowed =
      preflight.ok &&
      isFor(preflight, origin) &&
      (method === 'GET' || method === 'POST' || list('access-control-allow-methods').includes(method.toLowerCase())) &&
      names.every((name) => list('access-control-allow-headers').includes(name));
    if (!isAllowed) return undefined;
  }
  const response = await fetch(app.client.url + path, { method, headers: { ...headers, origin }, body: body ?? null });
  return isFor(response, origin) ? response : undefined;
}

function isFor({ headers }: Response, origin: string): boolean {
  expect(headers.get('access-control-allow-credentials')).toBeNull();
  return ['*', origin].includes(headers.get('access-control-allow-origin') ?? '');
}

const form = (fields: Record<string, string>): Pick<Call, 'method' | 'headers' | 'body'> => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
});
const statusFrom = async (origin: string, call: Call): Promise<number | undefined> =>
  (await callFrom(origin, call))?.status;

describe('a page of another origin', () => {
  it('can do the whole life of a public client', async () => {
    for (const path of ['oauth-authorization-server', 'openid-configuration', 'oauth-protected-resource/mcp']) {
      // Clients of MCP send a header that is not simple.
      const call = { path: `/.well-known/${path}`, headers: { 'mcp-protocol-version': '2025-11-25' } };
      expect([path, await statusFrom(OTHER, call)]).toEqual([path, 200]);
    }
    const tokens = await obtainTokens(
      app.client,
      { ...spa, client_secret: '' },
      {
        email: person.email,
        redirectUri: REDIRECT,
        scope: 'openid conversations:read',
      },
    );
    const { client_id } = spa;
    const refreshed = await callFrom(SPA, {
      path: '/oauth/token',
      ...form({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id }),
    });
    expect(refreshed?.status).toBe(200);
    const { access_token } = (await refreshed?.json()) as { access_token: string };
    const userinfo = { path: '/oauth/userinfo', headers: { authorization: `Bearer ${access_token}` } };
    expect(await (await callFrom(SPA, userinfo))?.json()).toEqual({ sub: person.userId });
    expect(await statusFrom(SPA, { path: '/oauth/revoke', ...form({ token: access_token, client_id }) })).toBe(200);
    const refused = await callFrom(SPA, userinfo);
    expect(refused?.status).toBe(401);
    expect(refused?.headers.get('access-control-expose-headers')).toMatch(/\bWWW-Authenticate\b/);
  });

  it('can register a client, and manage it', async () => {
    const registered = await callFrom(OTHER, {
      path: '/oauth/register',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_name: 'Playground', redirect_uris: [REDIRECT] }),
    });
    expect(registered?.status).toBe(201);
    const client = (await registered?.json()) as Record<string, string>;
    const path = `/oauth/register/${client['client_id']}`;
    const headers = { authorization: `Bearer ${client['registration_access_token']}` };
    expect(await statusFrom(OTHER, { path, headers })).toBe(200);
    expect(await statusFrom(OTHER, { path, headers, method: 'DELETE' })).toBe(204);
  });

  it('can read why it was refused', async () => {
    for (const call of [
      { path: '/oauth/token', ...form({ grant_type: 'refresh_token', refresh_token: 'x', client_id: spa.client_id }) },
      { path: '/oauth/revoke', ...form({ client_id: spa.client_id }) },
      { path: '/oauth/par', ...form({ client_id: spa.client_id }) },
      { path: '/oauth/device/authorize', ...form({ client_id: spa.client_id, scope: 'x' }) },
    ]) {
      const response = await callFrom(SPA, call);
      expect([call.path, response?.status]).toEqual([call.path, 400]);
    }
  });

  it('can send a proof (DPoP)', async () => {
    const call = form({ grant_type: 'refresh_token', refresh_token: 'x', client_id: spa.client_id });
    const headers = { ...call.headers, dpop: 'x' };
    expect(await statusFrom(SPA, { path: '/oauth/token', ...call, headers })).toBe(400);
    expect(await statusFrom(SPA, { path: '/oauth/userinfo', headers: { dpop: 'x', authorization: 'DPoP x' } })).toBe(
      401,
    );
  });

  it.each<[string, () => Application, string, boolean]>([
    ['its own origin', () => spa, SPA, true],
    ['another port of a loopback address', () => spa, LOOPBACK, true],
    ['another origin', () => spa, OTHER, false],
    ['a subdomain', () => spa, 'https://x.spa.example.com', false],
    ['another port', () => spa, `${SPA}:8443`, false],
    ['a sandbox', () => spa, 'null', false],
    ['the origin of an app with a secret', () => confidential, SPA, false],
  ])('from %s, gets tokens only of a public app: %s', async (_where, client, origin, isAllowed) => {
    const { client_id, client_secret } = client();
    const fields = {
      grant_type: 'refresh_token',
      refresh_token: 'x',
      client_id,
      ...(client_secret && { client_secret }),
    };
    expect((await callFrom(origin, { path: '/oauth/token', ...form(fields) })) !== undefined).toBe(isAllowed);
  });
});

it.each(['/oauth/authorize', '/oauth/device', '/oauth/logout', '/oauth/interaction/x'])(
  'no page of another origin can read %s',
  async (path) => expect(await callFrom(OTHER, { path })).toBeUndefined(),
);

it.each(['/oauth/userinfo', '/oauth/register', '/oauth/token'])('%s names its methods', async (path) => {
  const { headers } = await fetch(app.client.url + path, {
    method: 'OPTIONS',
    headers: { origin: SPA, 'access-control-request-method': 'POST' },
  });
  expect(headers.get('access-control-allow-methods')).toContain('POST');
});
