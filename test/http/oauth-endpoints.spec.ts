import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeProtectedHeader } from 'jose';
import { startApp, type TestApp } from '../harness/app.js';
import { register, type Account } from '../harness/fixtures.js';
import {
  authorizationPath,
  basic,
  CALLBACK,
  FormBrowser,
  ISSUER,
  makeApplication,
  makeDpopKey,
  makePkce,
  obtainTokens,
  tokenRequest,
  type Application,
  type Tokens,
} from '../harness/oauth.js';

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

let app: TestApp;
let person: Account;
let application: Application;
let tokens: Tokens;
beforeAll(async () => {
  app = await startApp();
  person = await register(app.client);
  application = await makeApplication(person.session);
  tokens = await obtainTokens(app.client, application, { email: person.email, scope: 'openid conversations:read' });
});
afterAll(() => app.close());

/** Each endpoint for programs, with a request that it accepts. */
const ENDPOINTS: Record<string, () => Record<string, string>> = {
  '/oauth/token': () => ({ grant_type: 'client_credentials', scope: 'conversations:read' }),
  '/oauth/revoke': () => ({ token: 'a-token-that-does-not-exist' }),
  '/oauth/introspect': () => ({ token: tokens.access_token }),
  '/oauth/par': () => ({
    client_id: application.client_id,
    response_type: 'code',
    redirect_uri: CALLBACK,
    scope: 'conversations:read',
    code_challenge: makePkce().challenge,
    code_challenge_method: 'S256',
  }),
  '/oauth/device/authorize': () => ({ scope: 'conversations:read' }),
};

/** As a program that would take a page, too, and must not get one. */
const send = (path: string, init: RequestInit): Promise<Response> =>
  fetch(app.client.url + path, {
    method: 'POST',
    redirect: 'manual',
    ...init,
    headers: { accept: 'text/html', ...(init.headers as object) },
  });
const authenticated = (type: string): Record<string, string> => ({ ...basic(application), 'content-type': type });
/** The error of RFC 6749, 5.2: JSON, stored nowhere. */
async function expectError(response: Response, ...statuses: number[]): Promise<string> {
  const text = await response.text();
  expect({ status: response.status, text }).toEqual({
    status: statuses.find((each) => each === response.status) ?? statuses,
    text,
  });
  expect(response.headers.get('content-type')).toMatch(/^application\/json\b/);
  expect(response.headers.get('cache-control')).toContain('no-store');
  const { error, error_description: description } = JSON.parse(text) as Record<string, string>;
  // The characters that RFC 6749 allows.
  for (const part of [error, description]) expect(part).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/);
  return error as string;
}

describe.each(Object.keys(ENDPOINTS))('POST %s', (path) => {
  const valid = (): Record<string, string> => (ENDPOINTS[path] as () => Record<string, string>)();

  it('accepts a form and JSON', async () => {
    const form = await send(path, { headers: authenticated(FORM), body: new URLSearchParams(valid()).toString() });
    const json = await send(path, { headers: authenticated(JSON_TYPE), body: JSON.stringify(valid()) });
    expect([form.status, json.status]).toEqual(path === '/oauth/par' ? [201, 201] : [200, 200]);
    expect(form.headers.get('cache-control')).toContain('no-store');
    expect(json.headers.get('cache-control')).toContain('no-store');
  });

  /** What is sent, and the errors that may follow. */
  const BODIES: [string, string, () => string | Buffer][] = [
    ['another content type', 'text/plain', () => new URLSearchParams(valid()).toString()],
    ['multipart', 'multipart/form-data; boundary=x', () => '--x--'],
    ['XML', 'application/xml', () => '<a/>'],
    ['a content type that is none', 'x', () => 'x'],
    ['a large form', FORM, () => `token=${'x'.repeat(70_000)}`],
    ['many parameters', FORM, () => 'a=1&'.repeat(20_000)],
    ['large JSON', JSON_TYPE, () => JSON.stringify({ ...valid(), more: 'x'.repeat(70_000) })],
    ['broken JSON', JSON_TYPE, () => JSON.stringify(valid()).slice(0, -1)],
    ['JSON that is no object', JSON_TYPE, () => '[]'],
    ['no JSON', JSON_TYPE, () => ''],
    ['deep JSON', JSON_TYPE, () => '['.repeat(20_000)],
    ['nested JSON', JSON_TYPE, () => JSON.stringify({ ...valid(), scope: ['a'] })],
    ['JSON in another encoding', JSON_TYPE, () => Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
  ];
  it.each(BODIES)('refuses %s', async (_what, type, body) => {
    const response = await send(path, { headers: authenticated(type), body: body() as never });
    expect(await expectError(response, 400, 413, 415)).toBe('invalid_request');
  });

  it('refuses a repeated parameter', async () => {
    for (const [name, value] of Object.entries(valid())) {
      const body = `${new URLSearchParams(valid()).toString()}&${new URLSearchParams({ [name]: value }).toString()}`;
      const response = await send(path, { headers: authenticated(FORM), body });
      expect(await expectError(response, 400)).toBe('invalid_request');
    }
  });

  it.each<[string, string]>([
    ['NUL', 'a\0b'],
    ['a lone surrogate', '\ud800'],
    ['a long text', 'x'.repeat(40_000)],
    ['an array in disguise', '[object Object]'],
    ['a name of a prototype', '__proto__'],
    ['SQL', "' OR 1=1 --"],
    ['lines', 'a\r\nset-cookie: x=y'],
    ['nothing', ''],
  ])('has an answer for %s in each parameter', async (_what, value) => {
    for (const name of [...Object.keys(valid()), 'client_id', 'client_secret', 'resource', 'client_assertion']) {
      for (const type of [FORM, JSON_TYPE]) {
        const fields = { ...valid(), [name]: value };
        const body = type === FORM ? new URLSearchParams(fields).toString() : JSON.stringify(fields);
        const response = await send(path, { headers: authenticated(type), body });
        if (response.ok) expect(response.headers.get('cache-control')).toContain('no-store');
        else await expectError(response, 400, 401);
      }
    }
  });

  it.each<[string, Record<string, string>]>([
    ['no client', {}],
    ['a client that does not exist', { authorization: `Basic ${btoa('nobody:secret')}` }],
    ['a wrong secret', { authorization: 'wrong' }],
    ['broken Basic', { authorization: 'Basic %%%' }],
    ['Basic without a colon', { authorization: `Basic ${btoa('nobody')}` }],
    ['a NUL in Basic', { authorization: `Basic ${btoa('a\0:b')}` }],
    ['a Bearer', { authorization: 'Bearer x' }],
  ])('refuses %s', async (what, headers) => {
    const { client_id: _id, ...fields } = valid();
    if (what === 'a wrong secret') headers = basic({ ...application, client_secret: 'wrong' });
    const body = new URLSearchParams(fields).toString();
    const response = await send(path, { headers: { 'content-type': FORM, ...headers }, body });
    const error = await expectError(response, 400, 401);
    expect(['invalid_request', 'invalid_client']).toContain(error);
    // RFC 6749, 5.2: a client that has tried the Authorization header is told the scheme.
    expect(error === 'invalid_client' && headers['authorization'] ? response.status : 401).toBe(401);
    if (response.status === 401 && headers['authorization']) {
      expect(response.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    }
  });

  it('refuses a client that authenticates in two ways', async () => {
    const { client_id, client_secret } = application;
    const body = new URLSearchParams({ ...valid(), client_id, client_secret }).toString();
    const response = await send(path, { headers: authenticated(FORM), body });
    expect(await expectError(response, 400)).toBe('invalid_request');
  });

  it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('has no method %s', async (method) => {
    const response = await send(path, { method, headers: basic(application) });
    await expectError(response, 405);
    expect(response.headers.get('allow')).toBe('POST, OPTIONS');
  });
});

describe('POST /oauth/token', () => {
  it.each<[string, Record<string, string>, string]>([
    ['an unknown grant type', { grant_type: 'password', username: 'a', password: 'b' }, 'unsupported_grant_type'],
    ['the implicit grant type', { grant_type: 'implicit' }, 'unsupported_grant_type'],
    ['no grant type', {}, 'invalid_request'],
    ['no code', { grant_type: 'authorization_code' }, 'invalid_request'],
    [
      'an unknown code',
      { grant_type: 'authorization_code', code: 'x', code_verifier: 'x'.repeat(43) },
      'invalid_grant',
    ],
    ['no refresh token', { grant_type: 'refresh_token' }, 'invalid_request'],
    ['an unknown refresh token', { grant_type: 'refresh_token', refresh_token: 'x' }, 'invalid_grant'],
    [
      'an unknown device code',
      { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: 'x' },
      'invalid_grant',
    ],
    ['no device code', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code' }, 'invalid_request'],
  ])('refuses %s', async (_what, fields, error) => {
    const answer = await send('/oauth/token', {
      headers: authenticated(FORM),
      body: new URLSearchParams(fields).toString(),
    });
    expect(await expectError(answer, 400)).toBe(error);
  });

  it('refuses client credentials to a public client', async () => {
    const { client_id } = await makeApplication(person.session, { kind: 'public' });
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id }).toString();
    const response = await send('/oauth/token', { headers: { 'content-type': FORM }, body });
    expect(['unauthorized_client', 'invalid_request']).toContain(await expectError(response, 400));
  });
});

describe('GET /oauth/userinfo', () => {
  it.each<[string, Record<string, string>]>([
    ['no token', {}],
    ['another scheme', { authorization: 'Basic eDp5' }],
    ['no JWT', { authorization: 'Bearer x' }],
    ['a NUL', { authorization: 'Bearer a%00b' }],
    ['a refresh token', {}],
  ])('refuses %s as RFC 6750 says', async (what, headers) => {
    const given = what === 'a refresh token' ? { authorization: `Bearer ${tokens.refresh_token}` } : headers;
    const response = await send('/oauth/userinfo', { method: 'GET', headers: given });
    expect({ status: response.status, type: response.headers.get('content-type') }).toEqual({
      status: 401,
      type: expect.stringMatching(/^application\/json\b/),
    });
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer\b/);
  });

  it('answers GET and POST, and nothing is stored', async () => {
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    for (const method of ['GET', 'POST']) {
      const response = await send('/oauth/userinfo', { method, headers });
      expect({ method, status: response.status, body: await response.json() }).toEqual({
        method,
        status: 200,
        body: { sub: person.userId },
      });
      expect(response.headers.get('cache-control')).toContain('no-store');
    }
    const other = await send('/oauth/userinfo', { method: 'DELETE', headers });
    expect(other.status).toBe(405);
  });
});

describe('pages', () => {
  it.each([
    '/oauth/authorize',
    '/oauth/authorize?client_id=%00',
    '/oauth/authorize?client_id=x&client_id=y',
    `/oauth/authorize?client_id=${'x'.repeat(5000)}`,
    '/oauth/authorize?%zz',
    '/oauth/authorize?__proto__[a]=b',
    '/oauth/authorize/%00',
    '/oauth/authorize/toString',
    '/oauth/interaction/x/constructor',
    '/oauth/interaction/%00',
    '/oauth/interaction/%zz/sign-in',
    `/oauth/interaction/${'x'.repeat(5000)}`,
    '/oauth/device?user_code=%00',
    '/oauth/device?user_code=a&user_code=b',
    '/oauth/device/%ff',
    '/oauth/logout?id_token_hint=x',
    '/oauth/logout?client_id=%00',
    '/oauth/logout?post_logout_redirect_uri=%00',
  ])('%s has a page for the error', async (path) => {
    for (const method of ['GET', 'POST']) {
      const response = await send(path, {
        method,
        headers: { accept: 'text/html', ...(method === 'POST' && { 'content-type': FORM }) },
        ...(method === 'POST' && { body: '' }),
      });
      expect({ method, status: response.status }).toEqual({ method, status: expect.any(Number) });
      expect(response.status).toBeLessThan(500);
      expect(await response.text()).not.toMatch(/ at \w+ \(|node_modules|SELECT /);
    }
  });

  it('survives odd parameters that it passes on', async () => {
    for (const value of ['\0', '\ud83d\ude00', 'x'.repeat(4000), '\r\nset-cookie: a=b', '"><script>']) {
      const parameters = { state: value, login_hint: value };
      const open = (further: object) =>
        new FormBrowser(app.client.url).open(
          authorizationPath(application.client_id, makePkce().challenge, {
            parameters: { ...parameters, ...further },
          }),
        );
      expect((await open({ prompt: 'none' })).url.searchParams.get('state')).toBe(value);
      const { status, text } = await open({});
      expect(status).toBe(200);
      expect(text).not.toContain('"><script>');
    }
  });

  it.each(['\0', 'x'.repeat(50_000)])('has an answer for %j in the forms', async (value) => {
    for (const [action, fields] of [
      ['/sign-in', ['email', 'password']],
      ['/sign-up', ['email', 'password', 'name']],
    ] as const) {
      const browser = new FormBrowser(app.client.url);
      const { url } = await browser.open(authorizationPath(application.client_id, makePkce().challenge));
      await browser.open(`${url.pathname}${action === '/sign-up' ? action : ''}`);
      for (const field of fields) {
        const good = { email: `p-${Date.now()}@example.com`, password: 'a long and private sentence', name: 'A' };
        const sent = { ...Object.fromEntries(fields.map((name) => [name, good[name]])), [field]: value };
        const place = await browser.submit(action, Object.entries(sent));
        expect({ action, field, is4xx: place.status >= 400 && place.status < 500 }).toMatchObject({ is4xx: true });
      }
    }
  });
});

describe('the metadata is true', () => {
  let metadata: Record<string, unknown>;
  beforeAll(async () => {
    metadata = (await app.client.get<Record<string, unknown>>('/.well-known/oauth-authorization-server')).body;
  });
  const list = (name: string): string[] => metadata[name] as string[];

  it('names endpoints that answer', async () => {
    const endpoints = Object.entries(metadata).filter(([name]) => /_(endpoint|uri)$/.test(name)) as [string, string][];
    expect(endpoints.length).toBeGreaterThan(8);
    for (const [name, address] of endpoints) {
      expect(address.startsWith(`${ISSUER}/oauth/`)).toBe(true);
      const path = new URL(address).pathname;
      const answers = await Promise.all(
        ['GET', 'POST'].map((method) => send(path, { method, headers: { accept: 'application/json' } })),
      );
      expect({ name, isServed: answers.some(({ status }) => status !== 404 && status < 500) }).toEqual({
        name,
        isServed: true,
      });
    }
  });

  it('names every way in which clients authenticate', async () => {
    const { client_id, client_secret } = application;
    const fields = { grant_type: 'client_credentials', scope: 'conversations:read' };
    const working: Record<string, () => Promise<{ status: number }>> = {
      client_secret_basic: () => tokenRequest(app.client, fields, { headers: basic(application) }),
      client_secret_post: () => tokenRequest(app.client, { ...fields, client_id, client_secret }),
      none: async () => {
        const own = await makeApplication(person.session, { kind: 'public' });
        const { refresh_token } = await obtainTokens(app.client, own, { email: person.email });
        return tokenRequest(app.client, { grant_type: 'refresh_token', refresh_token, client_id: own.client_id });
      },
    };
    expect(list('token_endpoint_auth_methods_supported').sort()).toEqual(Object.keys(working).sort());
    for (const [method, use] of Object.entries(working)) expect([method, (await use()).status]).toEqual([method, 200]);
    // Nothing can be signed by a method that signs nothing.
    expect(metadata).not.toHaveProperty('token_endpoint_auth_signing_alg_values_supported');
  });

  it('names the grant types, each known to the token endpoint', async () => {
    for (const grant_type of list('grant_types_supported')) {
      const { body } = await tokenRequest<{ error?: string }>(
        app.client,
        { grant_type },
        { headers: basic(application) },
      );
      expect({ grant_type, error: body.error }).not.toEqual({ grant_type, error: 'unsupported_grant_type' });
    }
    expect(list('grant_types_supported')).not.toContain('implicit');
  });

  it('names the algorithms that are used', async () => {
    expect(list('id_token_signing_alg_values_supported')).toEqual([
      decodeProtectedHeader(tokens.id_token as string).alg,
    ]);
    expect(list('dpop_signing_alg_values_supported')).toContain('ES256');
    const { prove } = await makeDpopKey();
    const fields = { grant_type: 'client_credentials', scope: 'conversations:read' };
    const answer = await tokenRequest(app.client, fields, { headers: { ...basic(application), dpop: await prove() } });
    expect(answer).toMatchObject({ status: 200, body: { token_type: 'DPoP' } });
  });

  it('names scopes that an application can have', async () => {
    const openid = ['openid', 'offline_access', 'email', 'profile'];
    const scopes = list('scopes_supported').filter((scope) => !openid.includes(scope));
    expect(await makeApplication(person.session, { scopes })).toMatchObject({ client_id: expect.any(String) });
  });

  it('can be read by a script of another site, and its keys, too', async () => {
    for (const path of [
      '/.well-known/oauth-authorization-server',
      '/.well-known/openid-configuration',
      '/oauth/jwks',
    ]) {
      const { headers } = await app.client.get(path, { headers: { origin: 'https://app.example.com' } });
      expect({ path, allowed: headers.get('access-control-allow-origin') }).toEqual({
        path,
        allowed: expect.stringMatching(/^(\*|https:\/\/app\.example\.com)$/),
      });
    }
  });

  it('lets a public app call the token endpoint from its own site only', async () => {
    const own = await makeApplication(person.session, { kind: 'public' });
    const ask = async (origin: string) =>
      (
        await tokenRequest(
          app.client,
          { grant_type: 'refresh_token', refresh_token: 'x', client_id: own.client_id },
          { headers: { origin } },
        )
      ).headers.get('access-control-allow-origin');
    expect(await ask(new URL(CALLBACK).origin)).toBe(new URL(CALLBACK).origin);
    expect(await ask('https://evil.example')).toBeNull();
  });
});
