import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { Callers, type Person } from '../harness/callers.js';
import type { Answer, TestClient } from '../harness/client.js';
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

interface Application {
  id: string;
  name: string;
  client_id: string;
  client_secret: string | null;
  client_secret_hint: string | null;
}

const APPLICATIONS = '/api/v1/oauth-applications';
const HALF_AN_HOUR = 30 * 60;

const valid = {
  name: 'Ticket Assistant',
  redirect_uris: ['https://tickets.example.com/callback'],
  scopes: ['conversations:read', 'conversations:write'],
  kind: 'confidential',
};

let app: TestApp;
let callers: Callers;
let owner: Person;
let admin: Person;
let member: Person;
let stranger: Person;
beforeAll(async () => {
  app = await startApp();
  callers = new Callers(app);
  stranger = await callers.person();
});
afterAll(() => app.close());
beforeEach(async () => {
  owner = await callers.person();
  const { organizationId } = owner;
  admin = await callers.person({ organizationId, role: 'admin' });
  member = await callers.person({ organizationId, role: 'member' });
});

const create = ({ client }: { client: TestClient }, overrides: object = {}): Promise<Answer<Application>> =>
  client.post<Application>(APPLICATIONS, { ...valid, ...overrides });
async function created(overrides: object = {}): Promise<Application> {
  const { status, body } = await create(owner, overrides);
  expect({ status, body }).toMatchObject({ status: 201 });
  return body;
}
const pathOf = ({ id }: Pick<Application, 'id'>): string => `${APPLICATIONS}/${id}`;
const actionsIn = async ({ organizationId }: Person): Promise<string[]> => {
  const rows = await app.database.query<{ action: string }>(
    `SELECT action FROM audit_log WHERE organization_id = $1 AND action LIKE 'oauth%' ORDER BY sequence`,
    [organizationId],
  );
  return rows.map(({ action }) => action);
};
const eventsAbout = async (id: string): Promise<string[]> => {
  const rows = await app.database.query<{ type: string }>('SELECT type FROM events WHERE subject = $1 ORDER BY id', [
    id,
  ]);
  return rows.map(({ type }) => type);
};

/** Every operation on one application. */
const OPERATIONS: [string, (client: TestClient, path: string) => Promise<Answer<unknown>>][] = [
  ['GET', (client, path) => client.get(path)],
  ['PATCH', (client, path) => client.patch(path, { name: 'Other' })],
  ['POST rotate-secret', (client, path) => client.post(`${path}/rotate-secret`, {})],
  ['DELETE', (client, path) => client.delete(path)],
];

describe('POST /api/v1/oauth-applications', () => {
  describe('201', () => {
    it('registers a confidential application, and shows its secret', async () => {
      const { headers, body } = await create(owner, {
        description: 'Drafts replies.',
        homepage_url: 'https://tickets.example.com',
        logo_url: 'https://tickets.example.com/logo.png',
      });
      expect(body).toEqual({
        ...valid,
        id: expect.stringMatching(UUID),
        client_id: body.id,
        description: 'Drafts replies.',
        homepage_url: 'https://tickets.example.com',
        logo_url: 'https://tickets.example.com/logo.png',
        status: 'active',
        client_secret: expect.stringMatching(/^parl_cs_[\w-]{43}$/),
        client_secret_hint: `${body.client_secret?.slice(0, 12)}…`,
        created_by: owner.userId,
        created_at: expect.stringMatching(TIME),
        updated_at: expect.stringMatching(TIME),
        secret_rotated_at: null,
        previous_secret_expires_at: null,
      });
      expect(headers.get('location')).toBe(pathOf(body));
      expect(await actionsIn(owner)).toEqual(['oauth_application.created']);
      expect(await eventsAbout(body.id)).toEqual(['oauth_application.created']);
    });

    it('registers a public application, which has no secret', async () => {
      const redirect_uris = ['com.example.app:/callback', 'http://127.0.0.1/callback', 'http://[::1]:8080/callback'];
      expect(await created({ kind: 'public', redirect_uris })).toMatchObject({
        kind: 'public',
        redirect_uris,
        client_secret: null,
        client_secret_hint: null,
      });
    });

    it('stores no secret', async () => {
      const { client_secret: secret } = await created();
      const tables = await app.database.query<{ name: string }>(
        `SELECT format('%I', tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
      );
      for (const { name } of tables) {
        const found = await app.database.query(`SELECT 1 FROM ${name} t WHERE t::text LIKE $1`, [`%${secret}%`]);
        expect({ name, found }).toEqual({ name, found: [] });
      }
    });

    it('lets an admin register one', async () => expect((await create(admin)).status).toBe(201));
  });

  it('401: requires a credential', async () => expectProblem(await create({ client: app.client }), 'UNAUTHORIZED'));

  describe('403', () => {
    it('refuses members', async () => expectProblem(await create(member), 'FORBIDDEN'));

    it('refuses API keys', async () =>
      expectProblem(await create(await callers.key(owner, ['api-keys:write'])), 'FORBIDDEN'));

    it('refuses a person who signed in half an hour ago', async () => {
      expectProblem(await create(await callers.person({ signedInSecondsAgo: HALF_AN_HOUR })), 'FORBIDDEN');
    });
  });

  it('409: refuses more than 100, however many are sent at once', async () => {
    await app.database.query(
      `INSERT INTO oauth_applications (id, organization_id, name, redirect_uris, scopes, kind)
       SELECT gen_random_uuid(), $1, 'One of many', '{}', '{}', 'public' FROM generate_series(1, 98)`,
      [owner.organizationId],
    );
    const answers = await Promise.all(Array.from({ length: 6 }, () => create(owner)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409, 409, 409]);
    expectProblem(await create(owner), 'CONFLICT');
  });

  describe('422', () => {
    it.each(
      named<object>([
        ['name', { name: '' }],
        ['name', { name: ' ' }],
        ['name', { name: 'x'.repeat(101) }],
        ['name', { name: null }],
        ['description', { description: 'x'.repeat(501) }],
        ['homepage_url', { homepage_url: 'http://tickets.example.com' }],
        ['homepage_url', { homepage_url: 'javascript:alert(1)' }],
        ['logo_url', { logo_url: 'data:image/png;base64,AA==' }],
        ['logo_url', { logo_url: 7 }],
        ['redirect_uris', { redirect_uris: [] }],
        ['redirect_uris', { redirect_uris: 'https://tickets.example.com/callback' }],
        ['redirect_uris', { redirect_uris: ['https://a.example/', 'https://a.example/'] }],
        ['redirect_uris', { redirect_uris: ['http://tickets.example.com/callback'] }],
        ['redirect_uris', { redirect_uris: ['https://tickets.example.com/callback#x'] }],
        ['redirect_uris', { redirect_uris: ['https://*.example.com/callback'] }],
        ['redirect_uris', { redirect_uris: [{}] }],
        ['redirect_uris', { redirect_uris: ['com.example.app:/callback'] }],
        ['redirect_uris', { redirect_uris: Array.from({ length: 21 }, (_, n) => `https://a.example/${n}`) }],
        ['scopes', { scopes: [] }],
        ['scopes', { scopes: ['everything'] }],
        ['scopes', { scopes: ['openid'] }],
        ['scopes', { scopes: ['tasks:read', 'tasks:read'] }],
        ['kind', { kind: 'secret' }],
        ['kind', { kind: undefined }],
        ['status', { status: 'disabled' }],
        ['client_secret', { client_secret: 'my own' }],
      ]),
    )('refuses %s: %s', async (field, _shown, overrides) => expectInvalid(await create(owner, overrides), field));
  });
});

describe('GET /api/v1/oauth-applications', () => {
  it('200: lists them, newest first, without secrets', async () => {
    const [first, second] = [await created({ name: 'First' }), await created({ name: 'Second' })];
    const { status, body } = await admin.client.get<Page<Application>>(`${APPLICATIONS}?limit=1`);
    expect(status).toBe(200);
    expect(body.data.map(({ id }) => id)).toEqual([second.id]);
    const rest = await admin.client.get<Page<Application>>(`${APPLICATIONS}?limit=1&cursor=${body.next_cursor}`);
    expect(rest.body.data.map(({ id }) => id)).toEqual([first.id]);
    expect(rest.body.data[0]).not.toHaveProperty('client_secret');
  });

  it('200: shows none of another organization', async () => {
    await created();
    expect((await stranger.client.get<Page<Application>>(APPLICATIONS)).body.data).toEqual([]);
  });

  it('400: refuses a broken cursor', async () => {
    expectProblem(await owner.client.get(`${APPLICATIONS}?cursor=broken`), 'INVALID_CURSOR');
  });

  it('401: requires a credential', async () => expectProblem(await app.client.get(APPLICATIONS), 'UNAUTHORIZED'));

  it('403: refuses members', async () => expectProblem(await member.client.get(APPLICATIONS), 'FORBIDDEN'));
});

describe('one application', () => {
  it.each(OPERATIONS)('401: %s requires a credential', async (_name, call) => {
    expectProblem(await call(app.client, pathOf(await created())), 'UNAUTHORIZED');
  });

  it.each(OPERATIONS)('403: %s refuses members', async (_name, call) => {
    expectProblem(await call(member.client, pathOf(await created())), 'FORBIDDEN');
  });

  it.each(OPERATIONS.slice(1))('403: %s requires a recent sign-in', async (_name, call) => {
    const { organizationId } = owner;
    const tired = await callers.person({ organizationId, signedInSecondsAgo: HALF_AN_HOUR });
    expectProblem(await call(tired.client, pathOf(await created())), 'FORBIDDEN');
  });

  it.each(OPERATIONS)('404: for %s, another organization’s is like one that does not exist', async (_name, call) => {
    const foreign = await call(stranger.client, pathOf(await created()));
    expectProblem(foreign, 'NOT_FOUND');
    expect(withoutIds(foreign)).toEqual(withoutIds(await call(stranger.client, pathOf({ id: NO_ID }))));
  });
});

describe('GET /api/v1/oauth-applications/{id}', () => {
  it('200: returns it without its secret', async () => {
    const { client_secret: _secret, ...rest } = await created();
    expect(await admin.client.get(pathOf(rest))).toMatchObject({ status: 200, body: rest });
    expect((await admin.client.get(pathOf(rest))).body).not.toHaveProperty('client_secret');
  });

  it('404: for an id that is not a UUID', async () => {
    expectProblem(await owner.client.get(`${APPLICATIONS}/none`), 'NOT_FOUND');
  });
});

describe('PATCH /api/v1/oauth-applications/{id}', () => {
  it('200: changes what is sent, and records which fields', async () => {
    const { client_secret: _secret, ...before } = await created({ description: 'Drafts replies.' });
    const change = { name: 'Other', description: null, scopes: ['tasks:read'], status: 'disabled' };
    const { status, body } = await admin.client.patch(pathOf(before), change);
    expect(status).toBe(200);
    expect(body).toEqual({ ...before, ...change, updated_at: expect.stringMatching(TIME) });
    expect((await owner.client.get(pathOf(before))).body).toEqual(body);
    const [event] = await app.database.query<{ payload: { changed: string[] } }>(
      `SELECT payload FROM events WHERE subject = $1 AND type = 'oauth_application.updated'`,
      [before.id],
    );
    expect(event?.payload.changed.sort()).toEqual(['description', 'name', 'scopes', 'status']);
  });

  it('200: records nothing when nothing changes', async () => {
    const { id, name } = await created();
    expect((await owner.client.patch(pathOf({ id }), { name })).status).toBe(200);
    expect(await actionsIn(owner)).toEqual(['oauth_application.created']);
  });

  it.each(
    named<object>([
      ['name', { name: '' }],
      ['redirect_uris', { redirect_uris: [] }],
      ['redirect_uris', { redirect_uris: ['com.example.app:/callback'] }],
      ['scopes', { scopes: null }],
      ['status', { status: null }],
      ['kind', { kind: 'public' }],
    ]),
  )('422: refuses %s: %s', async (field, _shown, change) => {
    expectInvalid(await owner.client.patch(pathOf(await created()), change), field);
  });
});

describe('POST /api/v1/oauth-applications/{id}/rotate-secret', () => {
  it('200: returns another secret once, and says until when the old one works', async () => {
    const before = await created();
    const { status, body } = await owner.client.post<Application>(`${pathOf(before)}/rotate-secret`, {
      overlap_seconds: 60,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: before.id,
      client_secret: expect.stringMatching(/^parl_cs_/),
      secret_rotated_at: expect.stringMatching(TIME),
      previous_secret_expires_at: expect.stringMatching(TIME),
    });
    expect(body.client_secret).not.toBe(before.client_secret);
    expect(await eventsAbout(before.id)).toEqual(['oauth_application.created', 'oauth_application.secret_rotated']);
  });

  it('409: refuses a public application', async () => {
    const path = pathOf(await created({ kind: 'public' }));
    expectProblem(await owner.client.post(`${path}/rotate-secret`, {}), 'CONFLICT');
  });

  it.each([-1, 1.5, 604_801, 'soon'])('422: refuses an overlap of %s', async (overlap_seconds) => {
    const answer = await owner.client.post(`${pathOf(await created())}/rotate-secret`, { overlap_seconds });
    expectInvalid(answer, 'overlap_seconds');
  });
});

describe('DELETE /api/v1/oauth-applications/{id}', () => {
  it('204: deletes it', async () => {
    const application = await created();
    expect((await admin.client.delete(pathOf(application))).status).toBe(204);
    expectProblem(await owner.client.get(pathOf(application)), 'NOT_FOUND');
    expectProblem(await owner.client.delete(pathOf(application)), 'NOT_FOUND');
    expect(await actionsIn(owner)).toEqual(['oauth_application.created', 'oauth_application.deleted']);
    expect(await eventsAbout(application.id)).toEqual(['oauth_application.created', 'oauth_application.deleted']);
  });
});
