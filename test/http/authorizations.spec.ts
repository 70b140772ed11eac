import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { Callers } from '../harness/callers.js';
import { register, type Account } from '../harness/fixtures.js';
import { expectInvalid, expectProblem, NO_ID, TIME, UUID, withoutIds, type Page } from '../harness/expectations.js';
import { makeApplication, obtainTokens, type Application } from '../harness/oauth.js';

interface Authorization {
  id: string;
}

const AUTHORIZATIONS = '/api/v1/authorizations';

let app: TestApp;
let callers: Callers;
let person: Account;
let stranger: Account;
let application: Application;
let authorization: Authorization;
beforeAll(async () => {
  app = await startApp();
  callers = new Callers(app);
  stranger = await register(app.client);
  application = await makeApplication(stranger.session);
});
afterAll(() => app.close());
beforeEach(async () => {
  person = await register(app.client);
  await obtainTokens(app.client, application, { email: person.email });
  authorization = (await person.session.get<Page<Authorization>>(AUTHORIZATIONS)).body.data[0] as Authorization;
});

const pathOf = ({ id }: Authorization): string => `${AUTHORIZATIONS}/${id}`;
const memberOf = (role: 'admin' | 'member') => callers.person({ organizationId: person.organizationId, role });

describe('GET /api/v1/authorizations', () => {
  it('200: lists the apps that a person let in', async () => {
    expect(authorization).toEqual({
      id: expect.stringMatching(UUID),
      user_id: person.userId,
      client_id: application.client_id,
      client_name: 'Ticket Assistant',
      client_url: null,
      scopes: ['conversations:read'],
      created_at: expect.stringMatching(TIME),
      last_used_at: null,
    });
  });

  it('200: lists those of all members for admins', async () => {
    const { client } = await memberOf('admin');
    expect((await client.get<Page<Authorization>>(AUTHORIZATIONS)).body.data).toEqual([]);
    const { body } = await client.get<Page<Authorization>>(`${AUTHORIZATIONS}?scope=organization`);
    expect(body.data).toEqual([authorization]);
  });

  it('200: shows none of another organization', async () => {
    const { body } = await stranger.session.get<Page<Authorization>>(`${AUTHORIZATIONS}?scope=organization`);
    expect(body.data).toEqual([]);
  });

  it('400: refuses a broken cursor', async () => {
    expectProblem(await person.session.get(`${AUTHORIZATIONS}?cursor=broken`), 'INVALID_CURSOR');
  });

  it('401: requires a credential', async () => expectProblem(await app.client.get(AUTHORIZATIONS), 'UNAUTHORIZED'));

  it('403: refuses members the list of all', async () => {
    const { client } = await memberOf('member');
    expectProblem(await client.get(`${AUTHORIZATIONS}?scope=organization`), 'FORBIDDEN');
  });

  it('422: refuses another scope', async () => {
    expectInvalid(await person.session.get(`${AUTHORIZATIONS}?scope=all`), 'scope');
  });
});

describe.each(['get', 'delete'] as const)('one authorization: %s', (verb) => {
  it('401: requires a credential', async () => {
    expectProblem(await app.client[verb](pathOf(authorization)), 'UNAUTHORIZED');
  });

  it('404: another organization’s, and for members another member’s, is like one that does not exist', async () => {
    for (const client of [stranger.session, (await memberOf('member')).client]) {
      const foreign = await client[verb](pathOf(authorization));
      expectProblem(foreign, 'NOT_FOUND');
      expect(withoutIds(foreign)).toEqual(withoutIds(await client[verb](pathOf({ id: NO_ID }))));
    }
  });
});

describe('GET /api/v1/authorizations/{id}', () => {
  it('200: returns one’s own, and any member’s to admins', async () => {
    for (const client of [person.session, (await memberOf('admin')).client]) {
      expect(await client.get(pathOf(authorization))).toMatchObject({ status: 200, body: authorization });
    }
  });
});

describe('DELETE /api/v1/authorizations/{id}', () => {
  it.each(['the person', 'an admin'])('204: lets %s end it, once', async (who) => {
    const client = who === 'an admin' ? (await memberOf('admin')).client : person.session;
    expect((await client.delete(pathOf(authorization))).status).toBe(204);
    expectProblem(await client.delete(pathOf(authorization)), 'NOT_FOUND');
    expect((await person.session.get<Page<Authorization>>(AUTHORIZATIONS)).body.data).toEqual([]);
    const rows = await app.database.query<{ action: string }>(
      `SELECT action FROM audit_log WHERE target_id = $1 ORDER BY sequence`,
      [authorization.id],
    );
    expect(rows.map(({ action }) => action)).toEqual(['authorization.created', 'authorization.ended']);
  });
});
