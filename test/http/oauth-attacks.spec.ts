import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import { KeyRing } from '../../src/identity/signing-keys/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import { Callers } from '../harness/callers.js';
import { expectProblem } from '../harness/expectations.js';
import { THE_DATE } from '../harness/fake-time.js';
import { register, type Account } from '../harness/fixtures.js';
import {
  authorizationPath,
  basic,
  CALLBACK,
  FormBrowser,
  ISSUER,
  letIn,
  makeApplication,
  makeDpopKey,
  makePkce,
  obtainTokens,
  tokenRequest,
  type Application,
  type Tokens,
} from '../harness/oauth.js';

type Refusal = { status: number; body: { error: string } };

const READ = '/api/v1/conversations';

let app: TestApp;
let callers: Callers;
let maker: Account;
let person: Account;
let application: Application;
let publicApp: Application;
beforeAll(async () => {
  app = await startApp();
  callers = new Callers(app);
  maker = await register(app.client);
  application = await makeApplication(maker.session);
  publicApp = await makeApplication(maker.session, { kind: 'public' });
  person = await register(app.client);
});
afterAll(() => app.close());
afterEach(() => {
  vi.useRealTimers();
});

const credentials = ({ client_id, client_secret }: Application): Record<string, string> => ({
  client_id,
  ...(client_secret && { client_secret }),
});
const ask = (fields: Record<string, string>, by = application, headers = {}): Promise<Refusal & { body: Tokens }> =>
  tokenRequest<Tokens & { error: string }>(app.client, { ...credentials(by), ...fields }, { headers });
const exchange = (fields: Record<string, string>, by = application, headers = {}): ReturnType<typeof ask> =>
  ask({ grant_type: 'authorization_code', redirect_uri: CALLBACK, ...fields }, by, headers);
const refresh = (token: string, fields = {}, by = application, headers = {}): ReturnType<typeof ask> =>
  ask({ grant_type: 'refresh_token', refresh_token: token, ...fields }, by, headers);
const introspect = (token: string): Promise<{ body: { active: boolean; scope?: string } }> =>
  tokenRequest<{ active: boolean }>(app.client, { token, ...credentials(application) }, { path: '/oauth/introspect' });
const obtain = (by = application, flow = {}): ReturnType<typeof obtainTokens> =>
  obtainTokens(app.client, by, { email: person.email, ...flow });
async function obtainCode(by = application, parameters = {}): Promise<{ code: string; code_verifier: string }> {
  const { verifier, challenge } = makePkce();
  const browser = new FormBrowser(app.client.url);
  const url = await letIn(browser, by.client_id, challenge, { email: person.email, parameters });
  return { code: url.searchParams.get('code') as string, code_verifier: verifier };
}
const call = (token: string) => app.client.as(token).get(READ);
const later = (seconds: number): void => {
  vi.useFakeTimers({ toFake: THE_DATE, now: Date.now() + seconds * 1000 });
};
const REFUSED = { status: 400, body: { error: 'invalid_grant' } };

describe('a code', () => {
  it('used twice costs the thief and the victim everything: the API refuses the first token at once', async () => {
    const { access_token: token, code, verifier, refresh_token } = await obtain();
    expect((await call(token)).status).toBe(200);
    expect(await exchange({ code, code_verifier: verifier })).toMatchObject(REFUSED);
    expectProblem(await call(token), 'TOKEN_REVOKED');
    expect(await refresh(refresh_token)).toMatchObject(REFUSED);
    const ended = await app.database.query(
      'SELECT 1 FROM oauth_authorizations WHERE id = $1 AND ended_at IS NOT NULL',
      [decodeJwt(token)['authorization_id']],
    );
    expect(ended).toHaveLength(1);
  });

  it('ends nothing when another client uses it, and still works for its own', async () => {
    const fields = await obtainCode();
    for (const thief of [publicApp, await makeApplication(maker.session)]) {
      expect(await exchange(fields, thief)).toMatchObject(REFUSED);
    }
    expect((await exchange(fields)).status).toBe(200);
  });

  it('is not a refresh token, nor the reverse', async () => {
    const { code } = await obtainCode();
    expect(await refresh(code)).toMatchObject(REFUSED);
    const { refresh_token, verifier } = await obtain();
    expect(await exchange({ code: refresh_token, code_verifier: verifier })).toMatchObject(REFUSED);
  });

  it('expires after a minute', async () => {
    const fields = await obtainCode();
    later(61);
    expect(await exchange(fields)).toMatchObject(REFUSED);
  });

  it.each([
    'https://APP.example.com/callback',
    'https://app.example.com:443/callback',
    'https://app.example.com:8443/callback',
    'https://app.example.com/Callback',
    'https://app.example.com/callback/',
    'https://app.example.com/%63allback',
    'https://app.example.com/callback#',
    'https://app.example.com/callback?',
    'https://app.example.com./callback',
    'http://app.example.com/callback',
    ' https://app.example.com/callback',
  ])('is refused with the redirect_uri %s', async (redirect_uri) => {
    expect(await exchange({ ...(await obtainCode()), redirect_uri })).toMatchObject(REFUSED);
  });

  it.each<[string, (verifier: string, challenge: string) => string]>([
    ['the challenge', (_verifier, challenge) => challenge],
    ['another verifier', () => makePkce().verifier],
    ['the verifier in upper case', (verifier) => verifier.toUpperCase()],
    ['the verifier and more', (verifier) => `${verifier}A`],
    ['a short verifier', (verifier) => verifier.slice(0, 42)],
    ['none', () => ''],
  ])('is refused with %s as verifier', async (_what, change) => {
    const { verifier, challenge } = makePkce();
    const browser = new FormBrowser(app.client.url);
    const url = await letIn(browser, application.client_id, challenge, { email: person.email });
    const code = url.searchParams.get('code') as string;
    const answer = await exchange({ code, code_verifier: change(verifier, challenge) });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatch(/^invalid_(grant|request)$/);
  });
});

describe('the authorization endpoint', () => {
  it.each<[string, Record<string, string>]>([
    ['no method, which would mean plain', { code_challenge_method: '' }],
    ['a method in lower case', { code_challenge_method: 's256' }],
    ['a short challenge', { code_challenge: 'x'.repeat(42) }],
    ['a challenge with other characters', { code_challenge: `${'x'.repeat(42)}=` }],
    ['a request object', { request: 'e30.e30.' }],
    ['a request by address', { request_uri: 'https://evil.example/request' }],
  ])('gives no code for %s', async (_what, parameters) => {
    const browser = new FormBrowser(app.client.url);
    const { url } = await browser.open(authorizationPath(application.client_id, makePkce().challenge, { parameters }));
    expect(url.searchParams.get('code')).toBeNull();
    if (url.origin === ISSUER) expect(browser.place?.status).toBe(400);
    else expect(url.searchParams.get('error')).toMatch(/^(invalid|request)_\w+/);
  });

  it('names itself in errors, too, against a mixed-up issuer', async () => {
    const browser = new FormBrowser(app.client.url);
    const { url } = await browser.open(
      authorizationPath(application.client_id, makePkce().challenge, { parameters: { prompt: 'none' } }),
    );
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      error: 'login_required',
      state: 'a-state',
      iss: ISSUER,
    });
  });

  it.each([
    'http://127.0.0.1:1234/other',
    'http://127.0.0.1:1234/callback?x=1',
    'https://127.0.0.1:1234/callback',
    'http://localhost:1234/callback',
    'http://127.0.0.1@evil.example/callback',
    'http://127.0.0.1:80@evil.example/callback',
    'http://127.0.0.1.evil.example/callback',
    'http://127.1/callback',
    'http://2130706433/callback',
    'http://[::ffff:127.0.0.1]/callback',
  ])('gives a native app any port of its loopback address, but not %s', async (redirectUri) => {
    const native = await makeApplication(maker.session, {
      kind: 'public',
      redirect_uris: ['http://127.0.0.1/callback'],
    });
    const open = (uri: string) =>
      new FormBrowser(app.client.url).open(
        authorizationPath(native.client_id, makePkce().challenge, { redirectUri: uri }),
      );
    expect((await open('http://127.0.0.1:51234/callback')).text).toContain('/sign-in"');
    const place = await open(redirectUri);
    expect({ status: place.status, origin: place.url.origin }).toEqual({ status: 400, origin: ISSUER });
  });

  it('holds pushed requests to the same rules', async () => {
    const push = (fields: Record<string, string>): Promise<Refusal> =>
      tokenRequest(
        app.client,
        {
          response_type: 'code',
          redirect_uri: CALLBACK,
          scope: 'conversations:read',
          code_challenge: makePkce().challenge,
          code_challenge_method: 'S256',
          client_id: application.client_id,
          ...fields,
        },
        { path: '/oauth/par', headers: basic(application) },
      );
    expect((await push({})).status).toBe(201);
    const wrong: Record<string, string>[] = [
      { redirect_uri: 'https://evil.example/callback' },
      { code_challenge: '' },
      { code_challenge_method: 'plain' },
      { scope: 'billing:write' },
      { resource: 'https://evil.example/api' },
      { client_id: publicApp.client_id },
      { request_uri: 'urn:ietf:params:oauth:request_uri:x' },
    ];
    for (const fields of wrong) {
      const answer = await push(fields);
      expect({ fields, ...answer }).toMatchObject({
        status: 400,
        body: { error: expect.stringMatching(/^(invalid|request_uri)_/) },
      });
    }
  });

  it('takes a pushed request once, and from its client only', async () => {
    const { challenge } = makePkce();
    const path = authorizationPath(application.client_id, challenge, { parameters: { prompt: 'consent' } });
    const { body } = await tokenRequest<{ request_uri: string }>(
      app.client,
      Object.fromEntries(new URL(path, ISSUER).searchParams),
      { path: '/oauth/par', headers: basic(application) },
    );
    const open = (client_id: string, browser = new FormBrowser(app.client.url)) =>
      browser.open(`/oauth/authorize?${new URLSearchParams({ client_id, request_uri: body.request_uri }).toString()}`);
    expect((await open(publicApp.client_id)).url.searchParams.get('error')).toMatch(/^invalid_/);
    const browser = new FormBrowser(app.client.url);
    await open(application.client_id, browser);
    await browser.submit('/sign-in', [
      ['email', person.email],
      ['password', 'a long and private sentence'],
    ]);
    const { url } = await browser.submit('/consent', [['scope', 'conversations:read']]);
    expect(url.searchParams.get('code')).toBeTruthy();
    const again = await open(application.client_id, browser);
    expect(again.url.searchParams.get('code')).toBeNull();
  });
});

describe('a refresh token', () => {
  it('of half a minute ago gives the same successor; one that is older ends the grant', async () => {
    const { refresh_token, access_token: token } = await obtain();
    const successor = (await refresh(refresh_token)).body.refresh_token;
    later(25);
    expect((await refresh(refresh_token)).body.refresh_token).toBe(successor);
    vi.useRealTimers();
    later(31);
    expect(await refresh(refresh_token)).toMatchObject(REFUSED);
    expect(await refresh(successor)).toMatchObject(REFUSED);
    vi.useRealTimers();
    expectProblem(await call(token), 'TOKEN_REVOKED');
  });

  it('expires after 30 days', async () => {
    const { refresh_token } = await obtain();
    later(30 * 24 * 3600 + 1);
    expect(await refresh(refresh_token)).toMatchObject(REFUSED);
  });

  it('is refused from another client, which ends nothing', async () => {
    const { refresh_token } = await obtain();
    expect(await refresh(refresh_token, {}, publicApp)).toMatchObject(REFUSED);
    expect((await refresh(refresh_token)).status).toBe(200);
  });

  it.each(['conversations:write', 'conversations:read audit:read', 'openid', 'offline_access', 'CONVERSATIONS:READ'])(
    'never gives %s, which was not granted',
    async (scope) => {
      const { refresh_token } = await obtain();
      const answer = await refresh(refresh_token, { scope });
      if (answer.status === 200) expect(answer.body.scope).toBe('conversations:read');
      else expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
    },
  );

  it('gives no other audience', async () => {
    const { refresh_token } = await obtain();
    const answer = await refresh(refresh_token, { resource: 'https://evil.example/api' });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_target' } });
  });
});

describe('an access token', () => {
  it('expires after an hour, everywhere', async () => {
    const { access_token: token } = await obtain();
    later(3606);
    expectProblem(await call(token), 'TOKEN_EXPIRED');
    expect((await introspect(token)).body).toEqual({ active: false });
  });

  it.each<[string, () => Promise<object> | object]>([
    ['a key within the token', async () => ({ jwk: await exportJWK((await generateKeyPair('ES256')).publicKey) })],
    ['an address of keys', () => ({ jku: 'https://evil.example/jwks' })],
    ['a certificate', () => ({ x5c: ['MIIB'] })],
    ['a path as kid', () => ({ kid: '../../../../dev/null' })],
    ['SQL as kid', () => ({ kid: "' OR 1=1 --" })],
    ['a NUL as kid', () => ({ kid: 'a\0b' })],
    ['no kid', () => ({ kid: undefined })],
    ['an unknown critical header', () => ({ crit: ['exp'], exp: 1 })],
  ])('of another key is refused with %s', async (_what, header) => {
    const { access_token: token } = await obtain();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { kid } = await app.nest.get(KeyRing, { strict: false }).getSigningKey();
    const forged = await new SignJWT(decodeJwt(token))
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, ...(await header()) })
      .sign(privateKey, { crit: { exp: true } });
    expectProblem(await call(forged), 'UNAUTHORIZED');
    expect((await introspect(forged)).body).toEqual({ active: false });
  });

  it.each(['pem', 'der', 'jwk'] as const)('is refused with HS256 and the public key as %s', async (format) => {
    const { access_token: token } = await obtain();
    const [jwk] = (await app.client.get<{ keys: JWK[] }>('/oauth/jwks')).body.keys as [JWK];
    const key = createPublicKey({ key: jwk as never, format: 'jwk' });
    const secrets = {
      pem: () => Buffer.from(key.export({ type: 'spki', format: 'pem' }) as string),
      der: () => key.export({ type: 'spki', format: 'der' }),
      jwk: () => Buffer.from(JSON.stringify(jwk)),
    };
    const forged = await new SignJWT(decodeJwt(token))
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: jwk.kid })
      .sign(secrets[format]());
    expectProblem(await call(forged), 'UNAUTHORIZED');
  });

  it('is not an ID token, a refresh token, or a part of an address', async () => {
    const {
      id_token,
      refresh_token,
      access_token: token,
    } = await obtain(application, {
      scope: 'openid conversations:read',
    });
    for (const other of [id_token as string, refresh_token]) expectProblem(await call(other), 'UNAUTHORIZED');
    expectProblem(await app.client.get(`${READ}?access_token=${token}`), 'UNAUTHORIZED');
  });
});

describe('DPoP at the token endpoint', () => {
  it.each<[string, object, object?]>([
    ['for another method', { htm: 'GET' }],
    ['for another endpoint', { htu: `${ISSUER}/oauth/introspect` }],
    ['for another server', { htu: 'https://evil.example/oauth/token' }],
    ['of long ago', { iat: Math.floor(Date.now() / 1000) - 600 }],
    ['of the future', { iat: Math.floor(Date.now() / 1000) + 600 }],
    ['without an id', { jti: undefined }],
    ['of another type', {}, { typ: 'JWT' }],
    ['without a key', {}, { jwk: undefined }],
  ])('refuses a proof %s', async (_what, claims, header = {}) => {
    const { prove } = await makeDpopKey();
    const answer = await ask({ grant_type: 'client_credentials' }, application, { dpop: await prove(claims, header) });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_dpop_proof' } });
  });

  it('refuses a proof that was used', async () => {
    const dpop = await (await makeDpopKey()).prove();
    const fields = { grant_type: 'client_credentials', scope: 'conversations:read' };
    const answers = await Promise.all(Array.from({ length: 4 }, () => ask(fields, application, { dpop })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await ask(fields, application, { dpop })).status).toBe(400);
  });

  it('keeps the refresh token of a public client bound to its key', async () => {
    const [own, other] = await Promise.all([makeDpopKey(), makeDpopKey()]);
    const fields = await obtainCode(publicApp);
    const { body } = await exchange(fields, publicApp, { dpop: await own.prove() });
    expect(body).toMatchObject({ token_type: 'DPoP' });
    for (const headers of [{}, { dpop: await other.prove() }]) {
      const answer = await refresh(body.refresh_token, {}, publicApp, headers);
      expect(answer.status).toBe(400);
      expect(answer.body.error).toMatch(/^invalid_(grant|dpop_proof|request)$/);
    }
    const { body: next } = await refresh(body.refresh_token, {}, publicApp, { dpop: await own.prove() });
    expect(decodeJwt(next.access_token)['cnf']).toEqual({ jkt: own.thumbprint });
  });

  it('refuses a code that was asked for with another key', async () => {
    const [own, other] = await Promise.all([makeDpopKey(), makeDpopKey()]);
    const fields = await obtainCode(publicApp, { dpop_jkt: own.thumbprint });
    expect(await exchange(fields, publicApp, { dpop: await other.prove() })).toMatchObject(REFUSED);
    const next = await obtainCode(publicApp, { dpop_jkt: own.thumbprint });
    expect((await exchange(next, publicApp)).status).toBe(400);
  });
});

describe('what a person or an organization loses', () => {
  beforeEach(async () => {
    person = await register(app.client);
  });
  const suspend = async (organizationId: string, suspended = true): Promise<void> => {
    const operator = await callers.person({ isSuperuser: true });
    const path = `/api/v1/admin/organizations/${organizationId}`;
    expect((await operator.client.patch(path, { suspended })).status).toBe(200);
  };
  const expectNothing = async ({ access_token, refresh_token }: Tokens): Promise<void> => {
    expectProblem(await call(access_token), 'TOKEN_REVOKED');
    expect((await introspect(access_token)).body).toEqual({ active: false });
    expect(await refresh(refresh_token)).toMatchObject(REFUSED);
  };

  it('a suspended organization loses its apps, until it is suspended no more', async () => {
    const tokens = await obtain();
    const code = await obtainCode();
    expect((await call(tokens.access_token)).status).toBe(200);
    await suspend(person.organizationId);
    await expectNothing(tokens);
    expect(await exchange(code)).toMatchObject(REFUSED);
    await suspend(person.organizationId, false);
    expect((await call(tokens.access_token)).status).toBe(200);
    expect((await refresh(tokens.refresh_token)).status).toBe(200);
  });

  it('the apps of a suspended organization stop everywhere', async () => {
    const owner = await register(app.client);
    const own = await makeApplication(owner.session);
    const { access_token: token, refresh_token } = await obtain(own);
    const { body } = await ask({ grant_type: 'client_credentials', scope: 'conversations:read' }, own);
    for (const each of [token, body.access_token]) expect((await call(each)).status).toBe(200);
    await suspend(owner.organizationId);
    for (const each of [token, body.access_token]) expectProblem(await call(each), 'TOKEN_REVOKED');
    expect((await refresh(refresh_token, {}, own)).body.error).toBe('invalid_client');
    const browser = new FormBrowser(app.client.url);
    expect((await browser.open(authorizationPath(own.client_id, makePkce().challenge))).status).toBe(400);
  });

  it('a removed member loses the apps, and the code that waits', async () => {
    const member = await register(app.client);
    const add = `UPDATE memberships SET organization_id = $1, role = 'member' WHERE user_id = $2`;
    await app.database.query(add, [person.organizationId, member.userId]);
    const tokens = await obtain(application, { email: member.email });
    expect(decodeJwt(tokens.access_token)['organization_id']).toBe(person.organizationId);
    const owner = person;
    person = member;
    const code = await obtainCode();
    expect((await owner.session.delete(`/api/v1/organizations/me/members/${member.userId}`)).status).toBe(204);
    await expectNothing(tokens);
    expect(await exchange(code)).toMatchObject(REFUSED);
  });

  it('a person who is deactivated loses the apps', async () => {
    const tokens = await obtain();
    const operator = await callers.person({ isSuperuser: true });
    const path = `/api/v1/admin/users/${person.userId}`;
    expect((await operator.client.patch(path, { is_active: false })).status).toBe(200);
    await expectNothing(tokens);
  });

  it('a demoted person grants no more than the role has, then or by a refresh', async () => {
    const own = await makeApplication(maker.session, { scopes: ['audit:read', 'conversations:read'] });
    const tokens = await obtain(own, { scope: 'audit:read conversations:read' });
    expect((await app.client.as(tokens.access_token).get('/api/v1/audit-log')).status).toBe(200);
    await callers.person({ organizationId: person.organizationId });
    await app.database.query(`UPDATE memberships SET role = 'member' WHERE user_id = $1`, [person.userId]);
    const { body } = await refresh(tokens.refresh_token, {}, own);
    expectProblem(await app.client.as(body.access_token).get('/api/v1/audit-log'), 'INSUFFICIENT_SCOPE');
    expect((await call(body.access_token)).status).toBe(200);
    const again = await obtain(own, { scope: 'audit:read conversations:read' });
    expect(again.scope).toBe('conversations:read');
  });
});
