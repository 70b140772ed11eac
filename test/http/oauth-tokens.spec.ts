import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import { KeyRing } from '../../src/identity/signing-keys/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { Answer, TestClient } from '../harness/client.js';
import { PASSWORD, register, type Account } from '../harness/fixtures.js';
import { expectProblem } from '../harness/expectations.js';
import {
  FormBrowser,
  ISSUER,
  makeApplication,
  obtainTokens,
  tokenRequest,
  type Application,
  type Tokens,
} from '../harness/oauth.js';

const READ = '/api/v1/conversations';

let app: TestApp;
let maker: Account;
let person: Account;
let application: Application;
beforeAll(async () => {
  app = await startApp();
  [maker, person] = await Promise.all([register(app.client), register(app.client)]);
});
afterAll(() => app.close());
beforeEach(async () => {
  application = await makeApplication(maker.session);
});

const obtain = (scope = 'conversations:read'): ReturnType<typeof obtainTokens> =>
  obtainTokens(app.client, application, { email: person.email, scope });
const call = (token: string, path = READ): Promise<Answer<unknown>> => app.client.as(token).get(path);
/** A token that is signed with the key of the server, with changed claims. */
async function forge(token: string, claims: object, header: object = {}): Promise<string> {
  const { kid, privateKey } = await app.nest.get(KeyRing, { strict: false }).getSigningKey();
  return new SignJWT({ ...decodeJwt(token), jti: randomUUID(), ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, ...header })
    .sign(privateKey);
}

describe('an access token', () => {
  it('calls the API within its scopes, for its person, in its organization', async () => {
    const { access_token: token } = await obtain();
    expect((await call(token)).status).toBe(200);
    expectProblem(await app.client.as(token).post(READ, { title: 'x' }), 'INSUFFICIENT_SCOPE');
    expectProblem(await call(token, '/api/v1/oauth-applications'), 'FORBIDDEN');
    const { body } = await app.client.as(token).get('/api/v1/whoami');
    expect(body).toMatchObject({
      kind: 'oauth_app',
      credential_id: decodeJwt(token)['authorization_id'],
      user_id: person.userId,
      organization: { id: person.organizationId },
      scopes: ['conversations:read'],
    });
  });

  it('of client credentials acts in the organization of the application', async () => {
    const { client_id, client_secret } = application;
    const { body } = await tokenRequest(app.client, {
      grant_type: 'client_credentials',
      scope: 'conversations:read',
      client_id,
      client_secret,
    });
    const { body: caller } = await app.client.as(body.access_token).get('/api/v1/whoami');
    expect(caller).toMatchObject({ user_id: null, organization: { id: maker.organizationId } });
  });

  it('is not that of a session, nor the reverse', async () => {
    const { access_token: token } = await obtain();
    expectProblem(await call(await forge(token, {}, { typ: 'JWT' })), 'UNAUTHORIZED');
    expectProblem(await call(await forge(person.accessToken, {})), 'UNAUTHORIZED');
  });

  it.each<[string, object, object?]>([
    ['another issuer', { iss: 'https://evil.example' }],
    ['another audience', { aud: `${ISSUER}/other` }],
    ['a start in the future', { nbf: Math.floor(Date.now() / 1000) + 600 }],
    ['an issue in the future', { iat: Math.floor(Date.now() / 1000) + 600 }],
    ['an unknown key', {}, { kid: 'x'.repeat(43) }],
    ['no client', { client_id: undefined }],
  ])('is refused with %s', async (_what, claims, header = {}) => {
    const { access_token: token } = await obtain();
    expectProblem(await call(await forge(token, claims, header)), 'UNAUTHORIZED');
  });

  it('is refused when it has expired, without a signature, and with one by the public key', async () => {
    const { access_token: token } = await obtain();
    expectProblem(await call(await forge(token, { exp: Math.floor(Date.now() / 1000) - 60 })), 'TOKEN_EXPIRED');
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const unsigned = `${part({ alg: 'none', typ: 'at+jwt' })}.${part(decodeJwt(token))}.`;
    expect((await call(unsigned)).status).toBe(401);
    const { body } = await app.client.get<{ keys: JWK[] }>('/oauth/jwks');
    const signed = await new SignJWT(decodeJwt(token))
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: body.keys[0]?.kid })
      .sign(Buffer.from(JSON.stringify(body.keys[0])));
    expectProblem(await call(signed), 'UNAUTHORIZED');
  });

  it('creates no API key, which would outlive it', async () => {
    const own = await makeApplication(maker.session, { scopes: ['api-keys:write', 'api-keys:read'] });
    const { access_token: token } = await obtainTokens(app.client, own, {
      email: person.email,
      scope: 'api-keys:write api-keys:read',
    });
    const answer = await app.client.as(token).post('/api/v1/api-keys', { name: 'Kept', scopes: ['api-keys:read'] });
    expectProblem(answer, 'FORBIDDEN');
  });
});

describe('an access token loses at once', () => {
  /** What happens, and the error that follows. */
  const LOSSES: [string, (token: string) => Promise<unknown>][] = [
    ['its application is disabled', () => change({ status: 'disabled' })],
    ['its application is deleted', () => maker.session.delete(`/api/v1/oauth-applications/${application.id}`)],
    [
      'its authorization is ended',
      (token) => person.session.delete(`/api/v1/authorizations/${decodeJwt(token)['authorization_id'] as string}`),
    ],
  ];
  const change = (fields: object): Promise<unknown> =>
    maker.session.patch(`/api/v1/oauth-applications/${application.id}`, fields);

  it.each(LOSSES)('everything when %s', async (_what, lose) => {
    const { access_token: token, refresh_token } = await obtain();
    expect((await call(token)).status).toBe(200);
    await lose(token);
    expectProblem(await call(token), 'TOKEN_REVOKED');
    const { client_id, client_secret } = application;
    const refreshed = await tokenRequest<{ error: string }>(app.client, {
      grant_type: 'refresh_token',
      refresh_token,
      client_id,
      client_secret,
    });
    expect(refreshed.body.error).toMatch(/^invalid_(grant|client)$/);
  });

  it('a scope when its application loses it', async () => {
    const { access_token: token } = await obtain();
    expect((await call(token)).status).toBe(200);
    await change({ scopes: ['knowledge:read'] });
    expectProblem(await call(token), 'INSUFFICIENT_SCOPE');
  });

  it('a scope when its person loses the role, and everything when the person is removed', async () => {
    const guest = await register(app.client);
    await app.database.query(`INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'admin')`, [
      maker.organizationId,
      guest.userId,
    ]);
    await app.database.query('DELETE FROM memberships WHERE organization_id = $1 AND user_id = $2', [
      guest.organizationId,
      guest.userId,
    ]);
    const own = await makeApplication(maker.session, { scopes: ['audit:read', 'conversations:read'] });
    const { access_token: token } = await obtainTokens(app.client, own, {
      email: guest.email,
      scope: 'audit:read conversations:read',
    });
    expect((await call(token, '/api/v1/audit-log')).status).toBe(200);
    const path = `/api/v1/organizations/me/members/${guest.userId}`;
    expect((await maker.session.patch(path, { role: 'member' })).status).toBe(200);
    expectProblem(await call(token, '/api/v1/audit-log'), 'INSUFFICIENT_SCOPE');
    expect((await call(token)).status).toBe(200);
    expect((await maker.session.delete(path)).status).toBe(204);
    expectProblem(await call(token), 'TOKEN_REVOKED');
  });
});

describe('a token that is bound to a key', () => {
  async function bound(): Promise<{ tokens: Tokens; prove: (fields?: object) => Promise<string>; jwk: JWK }> {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const jwk = await exportJWK(publicKey);
    const sign = (claims: object): Promise<string> =>
      new SignJWT({ jti: randomUUID(), ...claims })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
        .setIssuedAt()
        .sign(privateKey);
    const { client_id, client_secret } = application;
    const { body: tokens } = await tokenRequest(
      app.client,
      { grant_type: 'client_credentials', scope: 'conversations:read', client_id, client_secret },
      { headers: { dpop: await sign({ htm: 'POST', htu: `${ISSUER}/oauth/token` }) } },
    );
    const ath = createHash('sha256').update(tokens.access_token).digest('base64url');
    return { tokens, jwk, prove: (fields) => sign({ htm: 'GET', htu: ISSUER + READ, ath, ...fields }) };
  }
  const send = async (token: string, proof?: string, scheme = 'DPoP'): Promise<number> => {
    const headers = { authorization: `${scheme} ${token}`, ...(proof && { dpop: proof }) };
    return (await fetch(app.client.url + READ, { headers })).status;
  };

  it('needs a proof for each request', async () => {
    const { tokens, prove, jwk } = await bound();
    const { access_token: token, token_type: type } = tokens;
    expect(type).toBe('DPoP');
    expect(decodeJwt(token)['cnf']).toEqual({ jkt: await calculateJwkThumbprint(jwk) });
    const proof = await prove();
    expect(await send(token, proof)).toBe(200);
    expect(await send(token, proof)).toBe(401);
    expect(await send(token)).toBe(401);
    expect(await send(token, await prove(), 'Bearer')).toBe(401);
    expect(await send(token, await (await bound()).prove())).toBe(401);
    expect(await send(token, await prove({ htm: 'POST' }))).toBe(401);
    expect(await send(token, await prove({ htu: `${ISSUER}/api/v1/knowledge` }))).toBe(401);
    expect(await send(token, await prove({ ath: 'other' }))).toBe(401);
  });

  it('is the only kind that can be sent so', async () => {
    const { prove } = await bound();
    expect(await send((await obtain()).access_token, await prove())).toBe(401);
    expect(await send(person.accessToken, await prove())).toBe(401);
  });
});

describe('GET /oauth/userinfo', () => {
  it('tells about the person, within the scopes', async () => {
    const { access_token: token } = await obtain('openid email');
    const { status, body } = await call(token, '/oauth/userinfo');
    expect({ status, body }).toEqual({
      status: 200,
      body: { sub: person.userId, email: person.email, email_verified: false },
    });
  });

  it('refuses other tokens', async () => {
    expect(await call((await obtain()).access_token, '/oauth/userinfo')).toMatchObject({ status: 403 });
    expect(await call(person.accessToken, '/oauth/userinfo')).toMatchObject({
      status: 401,
      body: { error: 'invalid_token' },
    });
  });
});

describe('GET /.well-known/oauth-protected-resource', () => {
  it.each(['', '/api', '/mcp'])('names the server for %s', async (suffix) => {
    const { status, body } = await app.client.get(`/.well-known/oauth-protected-resource${suffix}`);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { resource: ISSUER + suffix, authorization_servers: [ISSUER] },
    });
  });

  it('is named by a 401 of the API', async () => {
    const { headers } = await app.client.get(READ);
    expect(headers.get('www-authenticate')).toContain(
      `resource_metadata="${ISSUER}/.well-known/oauth-protected-resource"`,
    );
  });
});

const device = (client: TestClient): Promise<{ status: number; body: Record<string, string> }> => {
  const { client_id, client_secret } = application;
  const fields = { client_id, client_secret, scope: 'conversations:read' };
  return tokenRequest<Record<string, string>>(client, fields, { path: '/oauth/device/authorize' });
};

describe('the device flow', () => {
  it('gives tokens once the person has entered the code and let the app in', async () => {
    const { status, body } = await device(app.client);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        user_code: expect.stringMatching(/^[A-Z]{4}-[A-Z]{4}$/),
        verification_uri: `${ISSUER}/oauth/device`,
        device_code: expect.any(String),
      },
    });
    const poll = (): ReturnType<typeof tokenRequest<Tokens & { error: string }>> =>
      tokenRequest(app.client, {
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        device_code: body['device_code'] as string,
        client_id: application.client_id,
        client_secret: application.client_secret,
      });
    expect(await poll()).toMatchObject({ status: 400, body: { error: 'authorization_pending' } });
    const browser = new FormBrowser(app.client.url);
    await browser.open('/oauth/device');
    const confirmation = await browser.submit('/oauth/device', [['user_code', body['user_code'] as string]]);
    expect(confirmation.text).toContain(body['user_code']);
    await browser.submit('/oauth/device');
    await browser.submit('/sign-in', [
      ['email', person.email],
      ['password', PASSWORD],
    ]);
    const done = await browser.submit('/consent', [['scope', 'conversations:read']]);
    expect(done.text).toContain('Device connected');
    const { status: polled, body: tokens } = await poll();
    expect({ polled, tokens }).toMatchObject({ polled: 200, tokens: { scope: 'conversations:read' } });
    expect((await call(tokens.access_token)).status).toBe(200);
    expect(await poll()).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });
});
