import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeProtectedHeader } from 'jose';
import { OAuthSweep } from '../../src/identity/oauth/oauth.sweep.js';
import { SigningKeysService } from '../../src/identity/signing-keys/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import { letAppIn } from '../harness/app-token.js';
import { Callers } from '../harness/callers.js';
import { PASSWORD, register, type Account } from '../harness/fixtures.js';
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

interface Failure {
  error: string;
}

let app: TestApp;
let person: Account;
let application: Application;
let credentials: { client_id: string; client_secret: string };
beforeAll(async () => {
  app = await startApp({ LIMIT_SIGN_IN: '10' });
  person = await register(app.client);
  application = await makeApplication(person.session);
  const { client_id, client_secret } = application;
  credentials = { client_id, client_secret };
});
afterAll(() => app.close());

describe('a pushed authorization request (RFC 9126)', () => {
  const push = (fields: object): ReturnType<typeof tokenRequest<{ request_uri: string; error: string }>> =>
    tokenRequest(app.client, { ...credentials, ...fields }, { path: '/oauth/par' });

  it('begins a flow once, which names the issuer at its end', async () => {
    const { verifier, challenge } = makePkce();
    const { status, body } = await push({
      response_type: 'code',
      redirect_uri: CALLBACK,
      scope: 'conversations:read',
      state: 'pushed',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    expect({ status, body }).toMatchObject({ status: 201, body: { expires_in: 60 } });
    const query = new URLSearchParams({ client_id: credentials.client_id, request_uri: body.request_uri }).toString();
    const browser = new FormBrowser(app.client.url);
    await browser.open(`/oauth/authorize?${query}`);
    await browser.submit('/sign-in', [
      ['email', person.email],
      ['password', PASSWORD],
    ]);
    const { url } = await browser.submit('/consent', [['scope', 'conversations:read']]);
    expect(Object.fromEntries(url.searchParams)).toEqual({ code: expect.any(String), state: 'pushed', iss: ISSUER });
    const tokens = await tokenRequest(app.client, {
      ...credentials,
      grant_type: 'authorization_code',
      code: url.searchParams.get('code') as string,
      redirect_uri: CALLBACK,
      code_verifier: verifier,
    });
    expect(tokens.status).toBe(200);
    const replay = await new FormBrowser(app.client.url).open(`/oauth/authorize?${query}`);
    expect(replay.url.searchParams.get('error')).toMatch(/^invalid_request/);
  });

  it('needs the secret of the client, and PKCE', async () => {
    const fields = { response_type: 'code', redirect_uri: CALLBACK, scope: 'conversations:read' };
    expect(await push({ ...fields, client_secret: 'wrong' })).toMatchObject({ body: { error: 'invalid_client' } });
    expect(await push(fields)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });
});

it('names the issuer in a response that denies, too', async () => {
  const browser = new FormBrowser(app.client.url);
  await browser.open(authorizationPath(credentials.client_id, makePkce().challenge));
  const { url } = await browser.submit('/cancel');
  expect(Object.fromEntries(url.searchParams)).toMatchObject({ error: 'access_denied', iss: ISSUER });
});

it('signs a person out at /oauth/logout', async () => {
  const browser = new FormBrowser(app.client.url);
  await letIn(browser, credentials.client_id, makePkce().challenge, { email: person.email });
  const again = (): Promise<{ text: string }> =>
    browser.open(authorizationPath(credentials.client_id, makePkce().challenge));
  expect((await again()).text).not.toContain('/sign-in"');
  await browser.open('/oauth/logout');
  await browser.submit('/oauth/logout/confirm', [['logout', 'yes']]);
  expect((await again()).text).toContain('/sign-in"');
});

it('signs out at /oauth/logout with an ID token from before the signing key was rotated', async () => {
  const { id_token: hint = '' } = await obtainTokens(app.client, application, { email: person.email, scope: 'openid' });
  const open = () => new FormBrowser(app.client.url).open(`/oauth/logout?id_token_hint=${hint}`);
  expect((await open()).status).toBe(200);
  const keys = app.nest.get(SigningKeysService, { strict: false });
  const kid = await keys.rotate({ actor: { kind: 'system', id: null } });
  const after = await open();
  expect({ status: after.status, asks: after.text.includes('/oauth/logout/confirm') }).toEqual({
    status: 200,
    asks: true,
  });
  const { id_token: next = '' } = await obtainTokens(app.client, application, { email: person.email, scope: 'openid' });
  expect(decodeProtectedHeader(next).kid).toBe(kid);
  await keys.rotate({ actor: { kind: 'system', id: null }, overlapSeconds: 0, endsTokensEarly: true });
  expect((await open()).status).toBe(400);
});

it('forgets what has expired', async () => {
  const { refresh_token } = await obtainTokens(app.client, application, { email: person.email });
  const refresh = (): ReturnType<typeof tokenRequest<Tokens>> =>
    tokenRequest(app.client, { ...credentials, grant_type: 'refresh_token', refresh_token });
  await app.database.query(
    `UPDATE oauth_records SET expires_at = now() - interval '1 second' WHERE kind <> 'RefreshToken'`,
  );
  await app.nest.get(OAuthSweep, { strict: false })['sweep']();
  const kinds = await app.database.query<{ kind: string }>('SELECT DISTINCT kind FROM oauth_records');
  expect(kinds).toEqual([{ kind: 'RefreshToken' }]);
  expect((await refresh()).status).toBe(200);
});

it('lets one app use half of the rate of an organization', async () => {
  const limited = await startApp({}, true);
  try {
    await limited.database.query(`UPDATE plans SET requests_per_minute = 6 WHERE code = 'free'`);
    const owner = await new Callers(limited).person({ plan: 'free' });
    const [one, other] = [
      await letAppIn(limited, owner, ['conversations:read']),
      await letAppIn(limited, owner, ['conversations:read']),
    ];
    const statuses = [];
    for (let n = 0; n < 6; n += 1) statuses.push((await one.client.get('/api/v1/conversations')).status);
    expect(statuses.slice(0, 3)).toEqual([200, 200, 200]);
    expect(statuses).toContain(429);
    expect((await other.client.get('/api/v1/conversations')).status).toBe(200);
  } finally {
    await limited.close();
  }
});

it('serves an issuer with https', async () => {
  const secure = await startApp({ PUBLIC_URL: 'https://parlance.test' });
  try {
    const { body } = await secure.client.get('/.well-known/oauth-authorization-server');
    expect(body).toMatchObject({
      issuer: 'https://parlance.test',
      token_endpoint: 'https://parlance.test/oauth/token',
      registration_endpoint: 'https://parlance.test/oauth/register',
    });
    const maker = await register(secure.client);
    const made = await makeApplication(maker.session);
    const response = await fetch(secure.client.url + authorizationPath(made.client_id, makePkce().challenge), {
      redirect: 'manual',
    });
    expect(new URL(response.headers.get('location') ?? '', 'https://parlance.test').origin).toBe(
      'https://parlance.test',
    );
    const cookies = response.headers.getSetCookie();
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) expect(cookie).toMatch(/; secure/i);
  } finally {
    await secure.close();
  }
});

it('limits failures at the token endpoint to 10 a minute, as forms and as JSON', async () => {
  const failed = { grant_type: 'refresh_token', refresh_token: 'wrong', ...credentials };
  const statuses: number[] = [];
  for (let n = 0; n < 12; n += 1) {
    const { status } =
      n % 2 === 0
        ? await tokenRequest<Failure>(app.client, failed)
        : await app.client.post<Failure>('/oauth/token', failed);
    statuses.push(status);
  }
  expect(statuses.filter((status) => status === 400).length).toBeLessThanOrEqual(10);
  expect(statuses.at(-1)).toBe(429);
});
