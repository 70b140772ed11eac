import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OAuthSweep } from '../../src/identity/oauth/oauth.sweep.js';
import { startApp, type TestApp } from '../harness/app.js';
import { Callers, type Person } from '../harness/callers.js';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import {
  expectInvalid,
  expectProblem,
  named,
  NO_ID,
  TIME,
  UUID,
  withoutIds,
  type Page,
} from '../harness/expectations.js';
import { register, type Account } from '../harness/fixtures.js';
import { CALLBACK, ISSUER, obtainTokens, type Application } from '../harness/oauth.js';

interface RegistrationToken {
  id: string;
  token: string;
}

interface Client extends Application {
  client_name: string;
  redirect_uris: string[];
  registration_access_token: string;
  registration_client_uri: string;
  token_endpoint_auth_method: string;
  error: string;
  error_description: string;
}

const TOKENS = '/api/v1/oauth-applications/registration-tokens';
const REGISTER = '/oauth/register';
const valid = {
  client_name: 'Desk Assistant',
  redirect_uris: [CALLBACK],
  grant_types: ['authorization_code', 'refresh_token'],
};

let app: TestApp;
let callers: Callers;
let owner: Account;
let person: Account;
let token: string;
beforeAll(async () => {
  app = await startApp();
  callers = new Callers(app);
  [owner, person] = await Promise.all([register(app.client), register(app.client)]);
});
afterAll(() => app.close());
beforeEach(async () => {
  owner = await register(app.client);
  token = (await createToken(owner.session)).body.token;
});

const createToken = (client: TestClient, body: object = {}): Promise<Answer<RegistrationToken>> =>
  client.post<RegistrationToken>(TOKENS, body);
const registerClient = (metadata: object = {}, bearer = token): Promise<Answer<Client>> =>
  app.client.as(bearer).post<Client>(REGISTER, { ...valid, ...metadata });
async function registered(metadata: object = {}): Promise<Client> {
  const { status, body } = await registerClient(metadata);
  expect({ status, body }).toMatchObject({ status: 201 });
  return body;
}
const manage = (client: Client): { path: string; as: TestClient } => ({
  path: client.registration_client_uri.slice(ISSUER.length),
  as: app.client.as(client.registration_access_token),
});

describe('POST /api/v1/oauth-applications/registration-tokens', () => {
  it('201: returns a token once, which is stored as a hash', async () => {
    const { body } = await createToken(owner.session, { expires_in_seconds: 600 });
    expect(body).toEqual({
      id: expect.stringMatching(UUID),
      token: expect.stringMatching(/^parl_rt_[\w-]{43}$/),
      token_hint: `${body.token.slice(0, 12)}…`,
      created_by: owner.userId,
      created_at: expect.stringMatching(TIME),
      expires_at: expect.stringMatching(TIME),
    });
    const { body: page } = await owner.session.get<Page<object>>(TOKENS);
    expect(page.data[0]).toEqual({ ...body, token: undefined });
    const rows = await app.database.query('SELECT 1 FROM oauth_registration_tokens t WHERE t::text LIKE $1', [
      `%${body.token}%`,
    ]);
    expect(rows).toEqual([]);
  });

  it('401, 403: only for owners and admins who signed in recently', async () => {
    const { organizationId } = owner;
    expectProblem(await createToken(app.client), 'UNAUTHORIZED');
    expectProblem(await createToken((await callers.person({ organizationId, role: 'member' })).client), 'FORBIDDEN');
    const tired: Person = await callers.person({ organizationId, role: 'admin', signedInSecondsAgo: 1800 });
    expectProblem(await createToken(tired.client), 'FORBIDDEN');
  });

  it('409: refuses more than 20', async () => {
    await app.database.query(
      `INSERT INTO oauth_registration_tokens (id, organization_id, token_hash, hint, expires_at)
       SELECT gen_random_uuid(), $1, gen_random_uuid(), 'x', now() + interval '1 hour' FROM generate_series(1, 19)`,
      [owner.organizationId],
    );
    expectProblem(await createToken(owner.session), 'CONFLICT');
  });

  it.each([59, 2_592_001, 'x'])('422: refuses to expire in %s seconds', async (seconds) => {
    expectInvalid(await createToken(owner.session, { expires_in_seconds: seconds }), 'expires_in_seconds');
  });
});

describe('GET /api/v1/oauth-applications/registration-tokens', () => {
  it('400: refuses a broken cursor', async () => {
    expectProblem(await owner.session.get(`${TOKENS}?cursor=broken`), 'INVALID_CURSOR');
  });
  it('401: requires a credential', async () => expectProblem(await app.client.get(TOKENS), 'UNAUTHORIZED'));
  it('403: refuses members', async () => {
    const member = await callers.person({ organizationId: owner.organizationId, role: 'member' });
    expectProblem(await member.client.get(TOKENS), 'FORBIDDEN');
  });
});

describe('DELETE /api/v1/oauth-applications/registration-tokens/{id}', () => {
  it('204: ends a token, but not what registered with it', async () => {
    const { body: made } = await createToken(owner.session);
    const { body: client } = await registerClient({}, made.token);
    expect((await owner.session.delete(`${TOKENS}/${made.id}`)).status).toBe(204);
    expect(await registerClient({}, made.token)).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    expect((await owner.session.get(`/api/v1/oauth-applications/${client.client_id}`)).status).toBe(200);
  });

  it('401: requires a credential', async () => {
    expectProblem(await app.client.delete(`${TOKENS}/${NO_ID}`), 'UNAUTHORIZED');
  });

  it('404: another organization’s is like one that does not exist', async () => {
    const { body: made } = await createToken(owner.session);
    const foreign = await person.session.delete(`${TOKENS}/${made.id}`);
    expectProblem(foreign, 'NOT_FOUND');
    expect(withoutIds(foreign)).toEqual(withoutIds(await person.session.delete(`${TOKENS}/${NO_ID}`)));
  });
});

describe('POST /oauth/register', () => {
  it('registers a client as an application of the organization', async () => {
    const client = await registered({ client_uri: 'https://desk.example.com', scope: 'conversations:read openid' });
    expect(client).toMatchObject({
      ...valid,
      client_id: expect.stringMatching(UUID),
      client_secret: expect.stringMatching(/^parl_cs_[\w-]{43}$/),
      client_secret_expires_at: 0,
      token_endpoint_auth_method: 'client_secret_basic',
      registration_access_token: expect.any(String),
      registration_client_uri: `${ISSUER}${REGISTER}/${client.client_id}`,
    });
    const { body } = await owner.session.get(`/api/v1/oauth-applications/${client.client_id}`);
    expect(body).toMatchObject({
      name: 'Desk Assistant',
      homepage_url: 'https://desk.example.com',
      redirect_uris: [CALLBACK],
      scopes: ['conversations:read'],
      kind: 'confidential',
      client_secret_hint: `${client.client_secret.slice(0, 12)}…`,
      created_by: null,
    });
    const tables = await app.database.query<{ name: string }>(
      `SELECT format('%I', tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    for (const { name } of tables) {
      const found = await app.database.query(`SELECT 1 FROM ${name} t WHERE t::text LIKE $1 OR t::text LIKE $2`, [
        `%${client.client_secret}%`,
        `%${client.registration_access_token}%`,
      ]);
      expect({ name, found }).toEqual({ name, found: [] });
    }
  });

  it('lets the client get tokens, until an admin disables it', async () => {
    const client = await registered();
    const { access_token, scope } = await obtainTokens(app.client, client, { email: person.email });
    expect(scope).toBe('conversations:read');
    const caller = app.client.as(access_token);
    expect((await caller.get('/api/v1/conversations')).status).toBe(200);
    await owner.session.patch(`/api/v1/oauth-applications/${client.client_id}`, { status: 'disabled' });
    expectProblem(await caller.get('/api/v1/conversations'), 'TOKEN_REVOKED');
  });

  it('takes loopback addresses with any port from native clients', async () => {
    const client = await registered({
      redirect_uris: ['http://127.0.0.1/callback', 'com.example.desk:/callback'],
      token_endpoint_auth_method: 'none',
    });
    expect(client).toMatchObject({ application_type: 'native' });
    expect(client).not.toHaveProperty('client_secret');
    const redirectUri = 'http://127.0.0.1:49152/callback';
    const { scope } = await obtainTokens(app.client, client, { email: person.email, redirectUri });
    expect(scope).toBe('conversations:read');
  });

  it.each(
    named<object>([
      ['invalid_client_metadata', { grant_types: ['client_credentials'] }],
      ['invalid_client_metadata', { grant_types: ['authorization_code', 'client_credentials'] }],
      ['invalid_client_metadata', { grant_types: ['implicit'] }],
      ['invalid_client_metadata', { previous_secret_hash: 'x' }],
      ['invalid_client_metadata', { previous_secret_expires_at: 1e15 }],
      ['invalid_client_metadata', { registrant: 'token' }],
      ['invalid_client_metadata', { client_name: 'x'.repeat(101) }],
      ['invalid_client_metadata', { client_name: 'Desk\u202eAssistant' }],
      ['invalid_client_metadata', { client_name: {} }],
      ['invalid_client_metadata', { client_uri: 'javascript:alert(1)' }],
      ['invalid_client_metadata', { logo_uri: 'http://desk.example.com/logo.png' }],
      ['invalid_client_metadata', { token_endpoint_auth_method: 'private_key_jwt' }],
      ['invalid_client_metadata', { scope: 'everything' }],
      ['invalid_redirect_uri', { redirect_uris: undefined }],
      ['invalid_redirect_uri', { redirect_uris: [] }],
      ['invalid_redirect_uri', { redirect_uris: CALLBACK }],
      ['invalid_redirect_uri', { redirect_uris: ['http://app.example.com/callback'] }],
      ['invalid_redirect_uri', { redirect_uris: ['https://app.example.com/a/../callback'] }],
      ['invalid_redirect_uri', { redirect_uris: ['javascript:alert(1)'] }],
      ['invalid_redirect_uri', { redirect_uris: ['com.example.desk:/callback'] }],
      ['invalid_redirect_uri', { redirect_uris: Array.from({ length: 21 }, (_, n) => `https://a.example/${n}`) }],
    ]),
  )('%s for %s', async (error, _shown, metadata) => {
    const { status, body } = await registerClient(metadata);
    expect({ status, body }).toMatchObject({ status: 400, body: { error } });
  });

  it('keeps to the number of applications of an organization', async () => {
    await app.database.query(
      `INSERT INTO oauth_applications (id, organization_id, name, redirect_uris, scopes, kind)
       SELECT gen_random_uuid(), $1, 'One of many', '{}', '{}', 'public' FROM generate_series(1, 99)`,
      [owner.organizationId],
    );
    const answers = await Promise.all([registerClient(), registerClient()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  it.each(['', 'parl_rt_unknown', 'none'])('refuses the token %j', async (bearer) => {
    const { status, body } = await (bearer ? app.client.as(bearer) : app.client).post<Client>(REGISTER, valid);
    expect([400, 401]).toContain(status);
    expect(['invalid_token', 'invalid_request']).toContain(body.error);
  });

  it('refuses an expired token', async () => {
    await app.database.query('UPDATE oauth_registration_tokens SET expires_at = now()');
    expect(await registerClient()).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
  });

  it.each(['[]', '{', '"x"', `{"client_name":"${'x'.repeat(70_000)}"}`])('refuses the body %.20s', async (body) => {
    const response = await fetch(app.client.url + REGISTER, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body,
    });
    expect({ status: response.status, body: await response.json() }).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
  });
});

describe('the registration of a client', () => {
  it('can be read, with its token only, without the secret', async () => {
    const client = await registered();
    const { path, as } = manage(client);
    const { status, body } = await as.get<Client>(path);
    expect({ status, body }).toMatchObject({ status: 200, body: { client_name: 'Desk Assistant' } });
    expect(body).not.toHaveProperty('client_secret');
    expect(body).not.toHaveProperty('registrant');
    expect((await app.client.as(token).get(path)).status).toBe(401);
    const other = manage(await registered());
    expect((await other.as.get(path)).status).toBe(401);
  });

  it('can be changed, and the secret keeps working', async () => {
    const client = await registered();
    const { path, as } = manage(client);
    const { client_id, client_secret } = client;
    const change = { ...valid, client_name: 'Other', client_id, client_secret };
    const { status, body } = await as.put<Client>(path, change);
    expect({ status, body }).toMatchObject({ status: 200, body: { client_name: 'Other' } });
    expect((await owner.session.get(`/api/v1/oauth-applications/${client_id}`)).body).toMatchObject({ name: 'Other' });
    expect((await obtainTokens(app.client, client, { email: person.email })).scope).toBe('conversations:read');
    expect((await as.get(path)).status).toBe(401);
    const { registration_access_token } = body;
    const next = app.client.as(registration_access_token);
    expect((await next.put(path, { ...change, client_secret: 'wrong' })).status).toBe(400);
    expect((await next.put(path, { ...change, grant_types: ['client_credentials'] })).status).toBe(400);
    const rows = await app.database.query<{ action: string }>(
      `SELECT action, actor_kind AS kind FROM audit_log WHERE target_id = $1 ORDER BY sequence`,
      [client_id],
    );
    expect(rows).toEqual([
      { action: 'oauth_application.created', kind: 'oauth_app' },
      { action: 'oauth_application.updated', kind: 'oauth_app' },
    ]);
  });

  it('cannot take back what an admin has removed', async () => {
    const client = await registered({ scope: 'conversations:read knowledge:read' });
    const { path, as } = manage(client);
    const { client_id, client_secret } = client;
    const address = `/api/v1/oauth-applications/${client_id}`;
    await owner.session.patch(address, { scopes: ['conversations:read'] });
    let manager = as;
    for (const scope of [{}, { scope: 'conversations:read knowledge:read customers:read' }]) {
      const { status, body } = await manager.put<Client>(path, { ...valid, client_id, client_secret, ...scope });
      expect(status).toBe(200);
      manager = app.client.as(body.registration_access_token);
      expect((await owner.session.get(address)).body).toMatchObject({ scopes: ['conversations:read'] });
    }
  });

  it('keeps working with other kinds of redirect URIs that an admin sets', async () => {
    const client = await registered({ token_endpoint_auth_method: 'none', redirect_uris: ['https://a.example/cb'] });
    const address = `/api/v1/oauth-applications/${client.client_id}`;
    const { status } = await owner.session.patch(address, { redirect_uris: ['com.example.app:/cb'] });
    expect(status).toBe(200);
    const { path, as } = manage(client);
    expect((await as.get(path)).status).toBe(200);
  });

  it('can be deleted, which ends its tokens', async () => {
    const client = await registered();
    const { access_token } = await obtainTokens(app.client, client, { email: person.email });
    const { path, as } = manage(client);
    expect((await as.delete(path)).status).toBe(204);
    expect((await as.get(path)).status).toBe(401);
    expectProblem(await app.client.as(access_token).get('/api/v1/conversations'), 'TOKEN_REVOKED');
  });
});

describe('with OAUTH_OPEN_REGISTRATION', () => {
  let open: TestApp;
  beforeAll(async () => {
    open = await startApp({ OAUTH_OPEN_REGISTRATION: 'true', LIMIT_SIGN_IN: '12' });
  });
  afterAll(() => open.close());
  const post = (metadata: object): Promise<Answer<Client>> =>
    open.client.post<Client>(REGISTER, { client_name: 'Desk', redirect_uris: ['http://localhost/cb'], ...metadata });

  it('registers public clients without a token, and deletes those that nobody uses', async () => {
    const { status, body: client } = await post({});
    expect({ status, client }).toMatchObject({
      status: 201,
      client: { token_endpoint_auth_method: 'none', application_type: 'native' },
    });
    expect(client).not.toHaveProperty('client_secret');
    for (const metadata of [
      { token_endpoint_auth_method: 'client_secret_basic' },
      { grant_types: ['urn:ietf:params:oauth:grant-type:device_code'] },
    ]) {
      expect(await post(metadata)).toMatchObject({ status: 400, body: { error: 'invalid_client_metadata' } });
    }
    const as = open.client.as(client.registration_access_token);
    const path = `${REGISTER}/${client.client_id}`;
    const change = { client_id: client.client_id, redirect_uris: ['http://localhost/cb'] };
    expect((await as.put(path, { ...change, token_endpoint_auth_method: 'client_secret_basic' })).status).toBe(400);

    const user = await register(open.client);
    const { access_token } = await obtainTokens(open.client, client, {
      email: user.email,
      redirectUri: 'http://localhost:5000/cb',
    });
    expect((await open.client.as(access_token).get('/api/v1/conversations')).status).toBe(200);
    expect((await user.session.get<Page<object>>('/api/v1/oauth-applications')).body.data).toEqual([]);

    const { body: unused } = await post({});
    await open.database.query(`UPDATE oauth_applications SET created_at = now() - interval '91 days'`);
    await open.nest.get(OAuthSweep, { strict: false })['sweep']();
    const left = await open.database.query<{ id: string }>('SELECT id FROM oauth_applications');
    expect(left.map(({ id }) => id)).toEqual([client.client_id]);
    expect(unused.client_id).not.toBe(client.client_id);
    await open.database.query(
      `UPDATE oauth_authorizations SET created_at = now() - interval '91 days', last_used_at = NULL`,
    );
    await open.nest.get(OAuthSweep, { strict: false })['sweep']();
    await eventually(async () => {
      expectProblem(await open.client.as(access_token).get('/api/v1/conversations'), 'TOKEN_REVOKED');
    });
  });

  it('limits registrations per address', async () => {
    const statuses = [];
    for (let n = 0; n < 12; n += 1) statuses.push((await post({})).status);
    expect(statuses.at(-1)).toBe(429);
  });
});
