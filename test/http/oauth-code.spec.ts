import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { startApp, type TestApp } from '../harness/app.js';
import { register, type Account } from '../harness/fixtures.js';
import {
  authorizationPath,
  CALLBACK,
  FormBrowser,
  ISSUER,
  letIn,
  makeApplication,
  makePkce,
  obtainTokens,
  tokenRequest,
  type Application,
  type Tokens,
} from '../harness/oauth.js';
import { expectProblem, UUID } from '../harness/expectations.js';

type TokenAnswer = { status: number; body: Tokens; headers: Headers };

let app: TestApp;
let maker: Account;
let person: Account;
let application: Application;
beforeAll(async () => {
  app = await startApp();
  [maker, person] = await Promise.all([register(app.client), register(app.client)]);
  application = await makeApplication(maker.session);
});
afterAll(() => app.close());

const credentials = (): { client_id: string; client_secret: string } => ({
  client_id: application.client_id,
  client_secret: application.client_secret,
});
const obtain = (overrides: object = {}): ReturnType<typeof obtainTokens> =>
  obtainTokens(app.client, application, { email: person.email, ...overrides });
const exchange = (fields: Record<string, string>): Promise<TokenAnswer> =>
  tokenRequest(app.client, { grant_type: 'authorization_code', redirect_uri: CALLBACK, ...credentials(), ...fields });
const refresh = (token: string, fields: Record<string, string> = {}): Promise<TokenAnswer> =>
  tokenRequest(app.client, { grant_type: 'refresh_token', refresh_token: token, ...credentials(), ...fields });
const introspect = (token: string): Promise<{ body: { active: boolean } }> =>
  tokenRequest<{ active: boolean }>(app.client, { token, ...credentials() }, { path: '/oauth/introspect' });
/** A code that has not been exchanged. */
async function obtainCode(scope = 'conversations:read'): Promise<{ code: string; code_verifier: string }> {
  const { verifier, challenge } = makePkce();
  const url = await letIn(new FormBrowser(app.client.url), application.client_id, challenge, {
    email: person.email,
    scope,
  });
  return { code: url.searchParams.get('code') as string, code_verifier: verifier };
}

describe('the metadata', () => {
  it.each(['oauth-authorization-server', 'openid-configuration'])('is served at /.well-known/%s', async (name) => {
    const { status, body } = await app.client.get<Record<string, unknown>>(`/.well-known/${name}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      issuer: ISSUER,
      authorization_endpoint: `${ISSUER}/oauth/authorize`,
      token_endpoint: `${ISSUER}/oauth/token`,
      jwks_uri: `${ISSUER}/oauth/jwks`,
      introspection_endpoint: `${ISSUER}/oauth/introspect`,
      revocation_endpoint: `${ISSUER}/oauth/revoke`,
      code_challenge_methods_supported: ['S256'],
      response_types_supported: ['code'],
      authorization_response_iss_parameter_supported: true,
      id_token_signing_alg_values_supported: ['ES256'],
    });
  });
});

describe('the authorization code flow', () => {
  it('gives tokens for what the person allowed', async () => {
    const { verifier, challenge } = makePkce();
    const scope = 'conversations:read knowledge:read';
    const browser = new FormBrowser(app.client.url);
    const url = await letIn(browser, application.client_id, challenge, { email: person.email, scope });
    expect(url.origin + url.pathname).toBe(CALLBACK);
    expect(url.searchParams.get('state')).toBe('a-state');
    expect(url.searchParams.get('iss')).toBe(ISSUER);
    const { status, body, headers } = await exchange({
      code: url.searchParams.get('code') as string,
      code_verifier: verifier,
    });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        access_token: expect.any(String),
        refresh_token: expect.stringMatching(/^[\w-]{43}$/),
        token_type: 'Bearer',
        expires_in: 3600,
        scope,
      },
    });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(decodeProtectedHeader(body.access_token)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    expect(decodeJwt(body.access_token)).toMatchObject({
      iss: ISSUER,
      aud: `${ISSUER}/api`,
      sub: person.userId,
      client_id: application.client_id,
      scope,
      organization_id: person.organizationId,
      authorization_id: expect.stringMatching(UUID),
    });
  });

  it('takes a JSON body, without redirect_uri', async () => {
    const { code, code_verifier } = await obtainCode();
    const { status, body } = await app.client.post<Tokens>('/oauth/token', {
      grant_type: 'authorization_code',
      code,
      code_verifier,
      ...credentials(),
    });
    expect({ status, body }).toMatchObject({ status: 200, body: { scope: 'conversations:read', expires_in: 3600 } });
  });

  it('grants only the ticked scopes', async () => {
    const { scope } = await obtain({
      scope: 'conversations:read knowledge:read',
      ticked: ['knowledge:read', 'audit:read'],
    });
    expect(scope).toBe('knowledge:read');
  });

  it('gives an ID token for openid', async () => {
    const { id_token } = await obtain({ scope: 'openid email conversations:read' });
    expect(decodeJwt(id_token as string)).toMatchObject({
      iss: ISSUER,
      aud: application.client_id,
      sub: person.userId,
      email: person.email,
    });
  });

  it('stores no code and no token', async () => {
    const { code, refresh_token, access_token } = await obtain();
    const tables = await app.database.query<{ name: string }>(
      `SELECT format('%I', tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    for (const { name } of tables) {
      for (const secret of [code, refresh_token, access_token]) {
        const found = await app.database.query(`SELECT 1 FROM ${name} t WHERE t::text LIKE $1`, [`%${secret}%`]);
        expect({ name, found }).toEqual({ name, found: [] });
      }
    }
  });

  it('tells the app when the person cancels', async () => {
    const browser = new FormBrowser(app.client.url);
    await browser.open(authorizationPath(application.client_id, makePkce().challenge));
    const { url } = await browser.submit('/cancel');
    expect(url.searchParams.get('error')).toBe('access_denied');
    expect(url.searchParams.get('state')).toBe('a-state');
  });

  it('lets a person create an account on the way', async () => {
    const browser = new FormBrowser(app.client.url);
    const { url } = await browser.open(authorizationPath(application.client_id, makePkce().challenge));
    await browser.open(`${url.pathname}/sign-up`);
    const email = `new-${Date.now()}@example.com`;
    const place = await browser.submit('/sign-up', [
      ['email', email],
      ['password', 'a long and private sentence'],
    ]);
    expect(place.text).toContain(email);
    expect(
      (await browser.submit('/consent', [['scope', 'conversations:read']])).url.searchParams.get('code'),
    ).toBeTruthy();
  });

  it('shows the sign-in page again after a wrong password', async () => {
    const browser = new FormBrowser(app.client.url);
    await browser.open(authorizationPath(application.client_id, makePkce().challenge));
    const { status, text } = await browser.submit('/sign-in', [
      ['email', person.email],
      ['password', 'not the password'],
    ]);
    expect(status).toBe(401);
    expect(text).toContain('Wrong email address or password.');
  });

  it('refuses a form without the token of its page, and one in another browser', async () => {
    const browser = new FormBrowser(app.client.url);
    const { url } = await browser.open(authorizationPath(application.client_id, makePkce().challenge));
    const forged = await browser.send(new URL(`${url.pathname}/cancel`, ISSUER), {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'csrf=forged',
    });
    expect(forged.status).toBe(403);
    const other = await new FormBrowser(app.client.url).open(url.pathname);
    expect(other.status).toBe(400);
    expect(other.text).toContain('This page has expired');
  });
});

describe('a code', () => {
  it('works once: a second use ends what the first one gave', async () => {
    const { code, verifier, refresh_token, access_token } = await obtain();
    expect((await introspect(access_token)).body).toMatchObject({ active: true });
    const again = await exchange({ code, code_verifier: verifier });
    expect(again).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await refresh(refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await introspect(access_token)).body).toEqual({ active: false });
  });

  it('gives tokens to at most one of several requests at once', async () => {
    const fields = await obtainCode();
    const answers = await Promise.all(Array.from({ length: 8 }, () => exchange(fields)));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    expect(answers.filter(({ status }) => status === 400).length).toBeGreaterThanOrEqual(7);
  });

  it.each([
    ['another verifier', { code_verifier: makePkce().verifier }],
    ['no verifier', { code_verifier: '' }],
    ['another redirect_uri', { redirect_uri: `${CALLBACK}/` }],
    ['a wrong secret', { client_secret: 'wrong' }],
  ])('is refused with %s', async (_what, fields) => {
    const answer = await exchange({ ...(await obtainCode()), ...fields });
    expect([400, 401]).toContain(answer.status);
    expect(answer.body).toMatchObject({ error: expect.stringMatching(/^invalid_(grant|client|request)$/) });
  });

  it('is refused from another client', async () => {
    const { client_id, client_secret } = await makeApplication(maker.session);
    const answer = await exchange({ ...(await obtainCode()), client_id, client_secret });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });
});

describe('the authorization endpoint', () => {
  it.each([
    'https://APP.example.com/callback',
    'https://app.example.com:8443/callback',
    'https://app.example.com/callback/',
    'https://app.example.com/Callback',
    'https://app.example.com/%63allback',
    'https://app.example.com/callback?x=1',
    'https://app.example.com/callback#x',
    'https://app.example.com./callback',
    'https://evil.example/callback',
  ])('does not redirect to %s, which is not registered', async (redirectUri) => {
    const browser = new FormBrowser(app.client.url);
    const place = await browser.open(authorizationPath(application.client_id, makePkce().challenge, { redirectUri }));
    expect({ status: place.status, origin: place.url.origin }).toEqual({ status: 400, origin: ISSUER });
    expect(place.headers.get('content-type')).toMatch(/^text\/html/);
  });

  it.each<[string, Record<string, string>]>([
    ['no challenge', { code_challenge: '' }],
    ['a plain challenge', { code_challenge_method: 'plain' }],
    ['another response type', { response_type: 'token' }],
    ['a scope that the app may not have', { scope: 'billing:write' }],
    ['a resource that is not ours', { resource: 'https://other.example.com/api' }],
  ])('sends an error to the app for %s', async (_what, parameters) => {
    const browser = new FormBrowser(app.client.url);
    const { url } = await browser.open(authorizationPath(application.client_id, makePkce().challenge, { parameters }));
    expect(url.origin + url.pathname).toBe(CALLBACK);
    expect(new URLSearchParams(url.search || url.hash.slice(1)).get('error')).toMatch(/^(invalid|unsupported)_/);
  });

  it('shows an error for a client that does not exist', async () => {
    const browser = new FormBrowser(app.client.url);
    const { status, text } = await browser.open(authorizationPath('nobody', makePkce().challenge));
    expect(status).toBe(400);
    expect(text).toContain('Unknown app');
  });
});

describe('a refresh token', () => {
  it('is replaced, and a retry gets the same successor', async () => {
    const { refresh_token } = await obtain();
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refresh_token)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const [successor, ...others] = new Set(answers.map(({ body }) => body.refresh_token));
    expect(others).toEqual([]);
    expect(successor).not.toBe(refresh_token);
    expect((await refresh(successor as string)).status).toBe(200);
  });

  it('ends the grant when it is used again later', async () => {
    const { refresh_token, access_token } = await obtain();
    const { body } = await refresh(refresh_token);
    await app.database.query(`UPDATE oauth_records SET consumed_at = consumed_at - interval '31 seconds'`);
    expect(await refresh(refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await refresh(body.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await introspect(access_token)).body).toEqual({ active: false });
  });

  it('gives no scope beyond those that were granted', async () => {
    const { refresh_token } = await obtain();
    const answer = await refresh(refresh_token, { scope: 'knowledge:read' });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
  });
});

describe('POST /oauth/revoke', () => {
  it.each(['refresh_token', 'access_token'] as const)('ends the authorization of a %s', async (kind) => {
    const tokens = await obtain();
    const path = '/oauth/revoke';
    expect((await tokenRequest(app.client, { token: tokens[kind], ...credentials() }, { path })).status).toBe(200);
    expect((await introspect(tokens.access_token)).body).toEqual({ active: false });
    expect(await refresh(tokens.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  it('ends nothing of another client', async () => {
    const { access_token } = await obtain();
    const { client_id, client_secret } = await makeApplication(maker.session);
    await tokenRequest(app.client, { token: access_token, client_id, client_secret }, { path: '/oauth/revoke' });
    expect((await introspect(access_token)).body).toMatchObject({ active: true });
  });
});

describe('client credentials', () => {
  it('give a token that can be revoked, alone and for good', async () => {
    const make = async (): Promise<string> =>
      (
        await tokenRequest(app.client, {
          grant_type: 'client_credentials',
          scope: 'conversations:read',
          ...credentials(),
        })
      ).body.access_token;
    const [token, other] = [await make(), await make()];
    const call = (on: TestApp, which: string) => on.client.as(which).get('/api/v1/conversations');
    expect([(await call(app, token)).status, (await call(app, other)).status]).toEqual([200, 200]);
    const path = '/oauth/revoke';
    const stranger = await makeApplication(maker.session);
    const { client_id, client_secret } = stranger;
    expect((await tokenRequest(app.client, { token, client_id, client_secret }, { path })).status).toBe(200);
    expect((await call(app, token)).status).toBe(200);
    for (let n = 0; n < 2; n += 1) {
      expect((await tokenRequest(app.client, { token, ...credentials() }, { path })).status).toBe(200);
    }
    expectProblem(await call(app, token), 'TOKEN_REVOKED');
    expect((await introspect(token)).body).toEqual({ active: false });
    expect((await call(app, other)).status).toBe(200);
    // The same data with an empty Redis, as after a loss of it.
    const restored = await startApp({ DATABASE_URL: app.database.url, REDIS_KEY_PREFIX: `code-${process.pid}` });
    try {
      expectProblem(await call(restored, token), 'TOKEN_REVOKED');
    } finally {
      await restored.close();
    }
  });

  it('give a token for the organization of the application', async () => {
    const { status, body } = await tokenRequest(app.client, {
      grant_type: 'client_credentials',
      scope: 'knowledge:read',
      ...credentials(),
    });
    expect({ status, body }).toMatchObject({ status: 200, body: { scope: 'knowledge:read', expires_in: 3600 } });
    expect(body).not.toHaveProperty('refresh_token');
    expect(decodeJwt(body.access_token)).toMatchObject({
      sub: application.client_id,
      client_id: application.client_id,
      organization_id: maker.organizationId,
    });
  });

  it('are refused for a scope that the application does not have', async () => {
    const answer = await tokenRequest(app.client, {
      grant_type: 'client_credentials',
      scope: 'audit:read',
      ...credentials(),
    });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
  });
});

describe('the secret of a client', () => {
  it('works in the Authorization header, and the previous one during the overlap', async () => {
    const own = await makeApplication(maker.session);
    const ask = (secret: string): Promise<{ status: number }> =>
      tokenRequest(
        app.client,
        { grant_type: 'client_credentials', scope: 'knowledge:read' },
        { headers: { authorization: `Basic ${Buffer.from(`${own.client_id}:${secret}`).toString('base64')}` } },
      );
    const rotate = async (overlap_seconds: number): Promise<string> => {
      const path = `/api/v1/oauth-applications/${own.id}/rotate-secret`;
      return (await maker.session.post<Application>(path, { overlap_seconds })).body.client_secret;
    };
    expect((await ask(own.client_secret)).status).toBe(200);
    const second = await rotate(60);
    expect([(await ask(own.client_secret)).status, (await ask(second)).status]).toEqual([200, 200]);
    const third = await rotate(0);
    const statuses = [own.client_secret, second, third].map(async (secret) => (await ask(secret)).status);
    expect(await Promise.all(statuses)).toEqual([401, 401, 200]);
  });
});

describe('the token endpoint', () => {
  it.each([
    ['malformed JSON', '{'],
    ['JSON that is no object', '[]'],
    ['a nested value', JSON.stringify({ grant_type: { toString: 'x' } })],
    ['a large body', JSON.stringify({ code: 'x'.repeat(70_000) })],
  ])('refuses %s with an error of RFC 6749', async (_what, body) => {
    const response = await fetch(`${app.client.url}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_request', error_description: expect.any(String) });
  });
});
