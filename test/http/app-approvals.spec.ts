import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  APPROVALS,
  consentTo,
  getApproval,
  requireApproval,
  sendConsent,
  type Approval,
  type Choice,
} from '../harness/app-approvals.js';
import { Callers } from '../harness/callers.js';
import { startMailedApp, type MailedApp } from '../harness/mailed-app.js';
import { eventually } from '../harness/eventually.js';
import { expectInvalid, expectProblem, NO_ID, TIME, UUID, withoutIds, type Page } from '../harness/expectations.js';
import { confirmAddress, register, type Account } from '../harness/fixtures.js';
import {
  basic,
  CALLBACK,
  makeApplication,
  tokenRequest,
  type Application,
  type Place,
  type Tokens,
} from '../harness/oauth.js';

const ORGANIZATION = '/api/v1/organizations/me';
const AUTHORIZATIONS = '/api/v1/authorizations?scope=organization';

let app: MailedApp;
let callers: Callers;
/** Registers the apps, in another organization. */
let maker: Account;
let owner: Account;
let member: Account;
let application: Application;
beforeAll(async () => {
  app = await startMailedApp();
  callers = new Callers(app);
  maker = await register(app.client);
});
afterAll(() => app.close());
beforeEach(async () => {
  owner = await register(app.client, { organization_name: 'Compilers' });
  member = await newMember();
  application = await makeApplication(maker.session);
});

async function newMember(role = 'member', organizationId = owner.organizationId): Promise<Account> {
  const account = await register(app.client);
  await app.database.query('INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, $3)', [
    organizationId,
    account.userId,
    role,
  ]);
  return account;
}

/** What a person allows in the organization of the owner. */
const allow = (person: Account, choice: Partial<Choice> = {}, { client_id } = application) =>
  consentTo(app.client, client_id, { email: person.email, organizationId: owner.organizationId, ...choice });

/** The same, and asks for approval. */
async function ask(person = member, choice: Partial<Choice> = {}, of = application): Promise<Approval> {
  const { browser, place } = await allow(person, choice, of);
  expect(place.text).toContain('This app needs approval');
  expect((await browser.submit('/approval')).text).toContain('Approval requested');
  return getApproval(owner.session, of.client_id);
}

const codeIn = ({ url }: Place): string => url.searchParams.get('code') ?? '';
const expectIn = (place: Place): void => expect(codeIn(place)).not.toBe('');
function expectToAsk(place: Place): void {
  expect(place.url.origin).not.toBe(new URL(CALLBACK).origin);
  expect(place.text).toContain('This app needs approval');
}

async function exchange({ place, verifier }: { place: Place; verifier: string }): Promise<Tokens> {
  const fields = { grant_type: 'authorization_code', code: codeIn(place), redirect_uri: CALLBACK };
  const answer = await tokenRequest(
    app.client,
    { ...fields, code_verifier: verifier },
    { headers: basic(application) },
  );
  expect(answer).toMatchObject({ status: 200 });
  return answer.body;
}

const approve = ({ id, requested_scopes }: Approval, scopes = requested_scopes) =>
  owner.session.post<Approval>(`${APPROVALS}/${id}/approve`, { scopes });
const deny = ({ id }: Approval) => owner.session.post<Approval>(`${APPROVALS}/${id}/deny`);
const revoke = ({ id }: Approval) => owner.session.delete(`${APPROVALS}/${id}`);
const approvalsOf = async ({ session }: Account): Promise<Approval[]> =>
  (await session.get<Page<Approval>>(APPROVALS)).body.data;

const eventsOf = async (organizationId: string): Promise<string[]> =>
  (
    await app.database.query<{ type: string }>(
      `SELECT type FROM events WHERE organization_id = $1 AND type LIKE 'app\\_approval%' ORDER BY id`,
      [organizationId],
    )
  ).map(({ type }) => type);
const auditedIn = async (organizationId: string): Promise<string[]> =>
  (
    await app.database.query<{ action: string }>(
      `SELECT action FROM audit_log WHERE organization_id = $1 AND action LIKE 'app\\_approval%' ORDER BY sequence`,
      [organizationId],
    )
  ).map(({ action }) => action);

describe('require_app_approval', () => {
  it('200: is off by default, and an admin turns it on and off', async () => {
    const { client } = await callers.person({ organizationId: owner.organizationId, role: 'admin' });
    expect((await client.get(ORGANIZATION)).body).toMatchObject({ require_app_approval: false });
    await requireApproval(client);
    expect((await client.get(ORGANIZATION)).body).toMatchObject({ require_app_approval: true });
    await requireApproval(client, false);
    const changes = await app.database.query(
      `SELECT payload FROM events WHERE organization_id = $1 AND type = 'organization.updated' ORDER BY id`,
      [owner.organizationId],
    );
    expect(changes).toEqual([
      { payload: { require_app_approval: true } },
      { payload: { require_app_approval: false } },
    ]);
  });

  it('403: refuses members, and admins without a recent sign-in', async () => {
    const change = { require_app_approval: true };
    expectProblem(await (await callerIn('member')).patch(ORGANIZATION, change), 'FORBIDDEN');
    const old = await callers.person({ organizationId: owner.organizationId, signedInSecondsAgo: 16 * 60 });
    expectProblem(await old.client.patch(ORGANIZATION, change), 'FORBIDDEN');
  });

  it('422: refuses what is not true or false', async () => {
    expectInvalid(await owner.session.patch(ORGANIZATION, { require_app_approval: 'yes' }), 'require_app_approval');
  });

  it('leaves what members have let in valid, and approves these apps with their scopes', async () => {
    const { access_token } = await exchange(await allow(member));
    const denied = await makeApplication(maker.session);
    await requireApproval(owner.session);
    await deny(await ask(member, {}, denied));
    await requireApproval(owner.session, false);
    const own = await makeApplication(owner.session);
    for (const each of [denied, own]) expectIn((await allow(member, {}, each)).place);
    await requireApproval(owner.session);
    expect((await app.client.as(access_token).get('/api/v1/conversations')).status).toBe(200);
    // What was denied stays so, and an app of the organization itself needs no approval.
    expect(await approvalsOf(owner)).toMatchObject([
      { client_id: denied.client_id, status: 'denied' },
      { client_id: application.client_id, status: 'approved', scopes: ['conversations:read'], requested_by: [] },
    ]);
    expectIn((await allow(await newMember())).place);
    expectToAsk((await allow(member, { scope: 'conversations:read knowledge:read' })).place);
    expectToAsk((await allow(member, {}, denied)).place);
  });

  it('misses no app that is let in at the same moment', async () => {
    const apps = await Promise.all(Array.from({ length: 4 }, () => makeApplication(maker.session)));
    const [, ...places] = await Promise.all([
      requireApproval(owner.session),
      ...apps.map(async (each) => (await allow(member, {}, each)).place),
    ]);
    const letIn = apps.filter((_, index) => codeIn(places[index] as Place));
    const approved = (await approvalsOf(owner)).map(({ client_id }) => client_id);
    expect(approved.sort()).toEqual(letIn.map(({ client_id }) => client_id).sort());
  });

  it('switched off again lets members in', async () => {
    await requireApproval(owner.session);
    const { browser, place } = await allow(member);
    expectToAsk(place);
    await requireApproval(owner.session, false);
    // The page of before leads back to the consent.
    expect((await browser.submit('/approval')).text).toContain('wants to act for you');
    expect(await approvalsOf(owner)).toEqual([]);
    expectIn(await sendConsent(browser, owner.organizationId, ['conversations:read']));
  });
});

describe('a member', () => {
  beforeEach(() => requireApproval(owner.session));

  it('asks an admin, and lets the app in once it is approved', async () => {
    const { browser, place } = await allow(member);
    expectToAsk(place);
    for (const part of ['Compilers', 'Ticket Assistant', 'Read conversations']) expect(place.text).toContain(part);
    const asked = await browser.submit('/approval');
    expect(asked.text).toContain('Approval requested');
    // Reloaded, sent again, and gone back to: nothing is asked twice.
    const reloaded = await browser.open(asked.url.pathname + asked.url.search);
    expect(reloaded.text).toContain('Approval requested');
    browser.place = place;
    expect((await browser.submit('/approval')).text).toContain('Approval requested');
    expect(await approvalsOf(owner)).toEqual([
      {
        id: expect.stringMatching(UUID),
        client_id: application.client_id,
        client_name: 'Ticket Assistant',
        client_url: null,
        status: 'pending',
        scopes: [],
        requested_scopes: ['conversations:read'],
        requested_by: [member.userId],
        requested_at: expect.stringMatching(TIME),
        decided_by: null,
        decided_at: null,
        created_at: expect.stringMatching(TIME),
      },
    ]);
    await approve(await getApproval(owner.session, application.client_id));
    // The page that waits leads back to the consent.
    const back = await browser.open(asked.url.pathname + asked.url.search);
    expect(back.text).toContain('wants to act for you');
    expectIn(await sendConsent(browser, owner.organizationId, ['conversations:read']));
    expect(await eventsOf(owner.organizationId)).toEqual([
      'app_approval.requested',
      'app_approval.review_requested',
      'app_approval.approved',
      'app_approval.answered',
    ]);
    expect(await auditedIn(owner.organizationId)).toEqual(['app_approval.requested', 'app_approval.approved']);
  });

  it('sends the app access_denied by leaving, before or after asking', async () => {
    for (const isAsked of [false, true]) {
      const { browser } = await allow(member);
      if (isAsked) await browser.submit('/approval');
      const { url } = await browser.submit('/leave');
      expect(Object.fromEntries(url.searchParams)).toMatchObject({
        error: 'access_denied',
        error_description: 'An administrator of the organization must approve the app first.',
        state: 'a-state',
      });
    }
  });

  it('needs approval in that organization only', async () => {
    const other = await register(app.client);
    await app.database.query(`INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'member')`, [
      other.organizationId,
      member.userId,
    ]);
    await requireApproval(other.session);
    await approve(await ask());
    expectIn((await allow(member)).place);
    expectToAsk((await allow(member, { organizationId: other.organizationId })).place);
    // Where they are an owner, nothing is restricted.
    expectIn((await allow(member, { organizationId: member.organizationId })).place);
    expect(await approvalsOf(other)).toEqual([]);
  });

  it('gets what is approved, and asks again for more', async () => {
    const scope = 'conversations:read conversations:write knowledge:read';
    const { body } = await approve(await ask(member, { scope }), ['conversations:read']);
    expect(body).toMatchObject({ status: 'approved', scopes: ['conversations:read'], requested_scopes: [] });
    const part = await allow(member, { scope, ticked: ['conversations:read'] });
    expect((await exchange(part)).scope).toBe('conversations:read');
    const more = await ask(member, { scope, ticked: ['conversations:read', 'knowledge:read'] });
    expect(more).toMatchObject({
      status: 'pending',
      scopes: ['conversations:read'],
      requested_scopes: ['knowledge:read'],
    });
    expectIn((await allow(member, { scope, ticked: ['conversations:read'] })).place);
    // What is denied then takes nothing away.
    expect((await deny(more)).body).toMatchObject({ status: 'approved', scopes: ['conversations:read'] });
    expectIn((await allow(member, { scope, ticked: ['conversations:read'] })).place);
    expectToAsk((await allow(member, { scope })).place);
  });

  it('gets no more than is approved by changing what the page sends', async () => {
    const approval = await ask();
    await approve(approval);
    const { browser, place } = await allow(member, { ticked: ['conversations:read', 'knowledge:read'] });
    // It was never asked for, so it is not granted.
    expectIn(place);
    const again = await allow(member, { scope: 'conversations:read knowledge:read' });
    expectToAsk(again.place);
    await again.browser.submit('/approval', [['scope', 'billing:write']]);
    expect((await getApproval(owner.session, application.client_id)).requested_scopes).toEqual(['knowledge:read']);
    // Nobody asks in an organization of others.
    const { organizationId } = await register(app.client);
    browser.place = again.place;
    const { status, text } = await again.browser.open(
      `${again.place.url.pathname}?organization_id=${organizationId}&scope=knowledge:read`,
    );
    expect([status, text]).toEqual([200, expect.stringContaining('wants to act for you')]);
  });

  it('cannot be made to ask by another page', async () => {
    const { browser, place } = await allow(member);
    const forged = await browser.copy().send(new URL(browser.formOf('/approval').action, place.url), {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `csrf=x&organization_id=${owner.organizationId}&scope=conversations:read`,
    });
    expect(forged.status).toBe(403);
    expect(await approvalsOf(owner)).toEqual([]);
  });

  it('can ask again after a denial', async () => {
    const first = await ask();
    expect((await deny(first)).body).toMatchObject({ status: 'denied', scopes: [], decided_by: owner.userId });
    const { place } = await allow(member);
    expect(place.text).toContain('An administrator denied this app before.');
    const second = await ask(await newMember());
    expect(second).toMatchObject({ id: first.id, status: 'pending' });
    expect(second.requested_by).not.toContain(member.userId);
    await deny(second);
    expect((await approve(second)).body).toMatchObject({ status: 'approved' });
    expectIn((await allow(member)).place);
  });

  it('connects no device before that', async () => {
    const { client_id, client_secret } = application;
    const { body } = await tokenRequest<{ device_code: string; user_code: string }>(
      app.client,
      { client_id, client_secret, scope: 'conversations:read' },
      { path: '/oauth/device/authorize' },
    );
    const poll = () =>
      tokenRequest<{ error: string; error_description: string }>(app.client, {
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        device_code: body.device_code,
        client_id,
        client_secret,
      });
    const { browser } = await allow(member);
    await browser.open(`/oauth/device?user_code=${body.user_code}`);
    await browser.submit('/oauth/device', [['user_code', body.user_code]]);
    await browser.submit('/oauth/device');
    expectToAsk(await sendConsent(browser, owner.organizationId, ['conversations:read']));
    expect((await poll()).body.error).toBe('authorization_pending');
    await browser.submit('/leave');
    expect((await poll()).body).toMatchObject({ error: 'access_denied' });
  });

  it('asks for at most ten apps at a time', async () => {
    for (let count = 0; count < 10; count += 1) {
      await app.database.query(
        `INSERT INTO app_approvals (id, organization_id, client_id, client_name, status, requested_by, requested_at)
         VALUES (gen_random_uuid(), $1, $2, 'App', 'pending', $3, now())`,
        [owner.organizationId, `https://app-${count}.example.com/client`, [member.userId]],
      );
    }
    const { browser } = await allow(member);
    const { status, text } = await browser.submit('/approval');
    expect([status, text]).toEqual([422, expect.stringContaining('You have asked for 10 apps already.')]);
    expect(await approvalsOf(owner)).toHaveLength(10);
    await ask(await newMember());
  });
});

describe('an admin', () => {
  beforeEach(() => requireApproval(owner.session));

  it('approves an app by letting it in', async () => {
    await ask(member, { scope: 'conversations:read knowledge:read' });
    const { browser } = await allow(await newMember('admin'), { ticked: [] });
    expect(browser.place?.text).toContain('which requires approval of apps');
    expectIn(await sendConsent(browser, owner.organizationId, ['conversations:read']));
    // What the admin did not allow still waits.
    expect(await approvalsOf(owner)).toMatchObject([
      { status: 'pending', scopes: ['conversations:read'], requested_scopes: ['knowledge:read'] },
    ]);
    expectIn((await allow(member)).place);
    expectIn((await allow(owner, { scope: 'conversations:read knowledge:read' })).place);
    expect(await approvalsOf(owner)).toMatchObject([
      { status: 'approved', scopes: ['conversations:read', 'knowledge:read'], decided_by: owner.userId },
    ]);
  });

  it('does not have to approve the apps of their own organization', async () => {
    const own = await makeApplication(owner.session);
    expectIn((await allow(member, {}, own)).place);
    const { status } = await tokenRequest(
      app.client,
      { grant_type: 'client_credentials', scope: 'conversations:read' },
      { headers: basic(own) },
    );
    expect(status).toBe(200);
    expect(await approvalsOf(owner)).toEqual([]);
  });

  it('is told once per app, whoever asks, and so are those who asked of the answer', async () => {
    await confirmAddress(app.database, owner);
    await confirmAddress(app.database, member);
    const another = await newMember();
    await ask();
    const approval = await ask(another);
    expect(approval.requested_by).toEqual([member.userId, another.userId]);
    await app.mailServer.waitFor(owner.email, /ticket assistant waits for approval/i);
    await approve(approval);
    await app.mailServer.waitFor(member.email, /ticket assistant was approved/i);
    const titlesOf = async ({ organizationId, userId }: { organizationId: string; userId: string }) =>
      (
        await app.database.query<{ title: string }>(
          'SELECT title FROM notifications WHERE organization_id = $1 AND user_id = $2 ORDER BY id',
          [organizationId, userId],
        )
      ).map(({ title }) => title);
    const { organizationId } = owner;
    await eventually(async () => {
      expect(await titlesOf({ organizationId, userId: member.userId })).toContain('App approved');
      expect(await titlesOf({ organizationId, userId: another.userId })).toContain('App approved');
    });
    const told = await titlesOf({ organizationId, userId: owner.userId });
    expect(told.filter((title) => title === 'App waits for approval')).toHaveLength(1);
  });
});

describe('revoking an approval', () => {
  beforeEach(() => requireApproval(owner.session));

  it('ends what members let the app do, its refresh tokens included', async () => {
    await approve(await ask());
    const tokens = await exchange(await allow(member));
    const caller = app.client.as(tokens.access_token);
    expect((await caller.get('/api/v1/conversations')).status).toBe(200);
    const unused = await allow(member);
    expect((await revoke(await getApproval(owner.session, application.client_id))).status).toBe(204);
    await eventually(async () => expectProblem(await caller.get('/api/v1/conversations'), 'TOKEN_REVOKED'), 1_000);
    const { refresh_token } = tokens;
    const grants: Record<string, string>[] = [
      { grant_type: 'refresh_token', refresh_token },
      {
        grant_type: 'authorization_code',
        code: codeIn(unused.place),
        redirect_uri: CALLBACK,
        code_verifier: unused.verifier,
      },
    ];
    for (const grant of grants) {
      const { body } = await tokenRequest<{ error: string }>(app.client, grant, { headers: basic(application) });
      expect(body.error).toBe('invalid_grant');
    }
    expect((await owner.session.get<Page<object>>(AUTHORIZATIONS)).body.data).toEqual([]);
    expect(await approvalsOf(owner)).toEqual([]);
    expectToAsk((await allow(member)).place);
  });

  it('leaves no authorization behind that was given at the same moment', async () => {
    const members = [member, ...(await Promise.all(Array.from({ length: 3 }, () => newMember())))];
    const approval = await ask();
    await approve(approval);
    const flows = await Promise.all(members.map((each) => allow(each, { ticked: [] })));
    const [revoked, ...places] = await Promise.all([
      revoke(approval),
      ...flows.map(({ browser }) => sendConsent(browser, owner.organizationId, ['conversations:read'])),
    ]);
    expect(revoked.status).toBe(204);
    expect((await owner.session.get<Page<object>>(AUTHORIZATIONS)).body.data).toEqual([]);
    // Who came later has to ask. Who came first got a code that is worth nothing.
    for (const [index, place] of places.entries()) {
      if (!codeIn(place)) {
        expect(place.text).toMatch(/This app needs approval|wants to act for you/);
        continue;
      }
      const { body } = await tokenRequest<{ error: string }>(
        app.client,
        {
          grant_type: 'authorization_code',
          code: codeIn(place),
          redirect_uri: CALLBACK,
          code_verifier: flows[index]?.verifier ?? '',
        },
        { headers: basic(application) },
      );
      expect(body.error).toBe('invalid_grant');
    }
  });

  it('cannot race with an approval: one of the two counts', async () => {
    const approval = await ask();
    const [approved, denied] = await Promise.all([approve(approval), deny(approval)]);
    const statuses = [approved.status, denied.status].sort();
    // A denied app can still be approved; an approved one cannot be denied.
    expect([
      [200, 200],
      [200, 409],
    ]).toContainEqual(statuses);
    expect((await getApproval(owner.session, application.client_id)).status).toBe('approved');
  });
});

describe.each([
  ['GET', ''],
  ['DELETE', ''],
  ['POST', '/approve'],
  ['POST', '/deny'],
] as const)('%s /api/v1/app-approvals/{id}%s', (method, action) => {
  let approval: Approval;
  beforeEach(async () => {
    await requireApproval(owner.session);
    approval = await ask();
  });
  const send = (client: Account['session'], id: string, body: unknown = { scopes: ['conversations:read'] }) =>
    client.call(method, `${APPROVALS}/${id}${action}`, action === '/approve' ? { body } : {});

  it('2xx: works for an admin', async () => {
    const { status } = await send(await callerIn('admin'), approval.id);
    expect(status).toBe(method === 'DELETE' ? 204 : 200);
  });

  it('401: requires a credential', async () => expectProblem(await send(app.client, approval.id), 'UNAUTHORIZED'));

  it('403: refuses members', async () => {
    expectProblem(await send(await callerIn('member'), approval.id), 'FORBIDDEN');
  });

  it('404: another organization’s is like one that does not exist', async () => {
    const foreign = await send(maker.session, approval.id);
    expectProblem(foreign, 'NOT_FOUND');
    expect(withoutIds(foreign)).toEqual(withoutIds(await send(maker.session, NO_ID)));
    expect((await getApproval(owner.session, application.client_id)).status).toBe('pending');
  });

  it('404: a malformed id is like one that does not exist', async () => {
    expectProblem(await send(owner.session, 'none'), 'NOT_FOUND');
  });
});

describe('GET /api/v1/app-approvals', () => {
  beforeEach(() => requireApproval(owner.session));

  it('200: lists by status, a page at a time', async () => {
    const apps = [application, await makeApplication(maker.session), await makeApplication(maker.session)] as const;
    const approvals: Approval[] = [];
    for (const each of apps) approvals.push(await ask(member, {}, each));
    await approve(approvals[0] as Approval);
    const list = async (query: string) => (await owner.session.get<Page<Approval>>(`${APPROVALS}?${query}`)).body;
    expect((await list('status=approved')).data.map(({ id }) => id)).toEqual([approvals[0]?.id]);
    const first = await list('status=pending&limit=1');
    expect(first).toMatchObject({ data: [{ id: approvals[2]?.id }], has_more: true });
    const second = await list(`status=pending&limit=1&cursor=${first.next_cursor}`);
    expect(second).toMatchObject({ data: [{ id: approvals[1]?.id }], has_more: false });
  });

  it('400: refuses a broken cursor', async () => {
    expectProblem(await owner.session.get(`${APPROVALS}?cursor=broken`), 'INVALID_CURSOR');
  });

  it('401: requires a credential', async () => expectProblem(await app.client.get(APPROVALS), 'UNAUTHORIZED'));

  it('403: refuses members', async () => expectProblem(await (await callerIn('member')).get(APPROVALS), 'FORBIDDEN'));

  it('422: refuses another status', async () => {
    expectInvalid(await owner.session.get(`${APPROVALS}?status=open`), 'status');
  });
});

describe('deciding', () => {
  beforeEach(() => requireApproval(owner.session));

  it('403: approving requires a recent sign-in', async () => {
    const { id } = await ask();
    const old = await callers.person({ organizationId: owner.organizationId, signedInSecondsAgo: 16 * 60 });
    expectProblem(await old.client.post(`${APPROVALS}/${id}/approve`, { scopes: [] }), 'FORBIDDEN');
    expect((await old.client.post(`${APPROVALS}/${id}/deny`)).status).toBe(200);
  });

  it('409: refuses what was decided', async () => {
    const approval = await ask();
    await deny(approval);
    expectProblem(await deny(approval), 'CONFLICT');
    await approve(approval);
    expectProblem(await approve(approval), 'CONFLICT');
    expectProblem(await deny(approval), 'CONFLICT');
  });

  it('422: approves nothing that was not requested', async () => {
    const approval = await ask();
    expectInvalid(await approve(approval, ['conversations:read', 'knowledge:read']), 'scopes');
    expectInvalid(await approve(approval, ['everything']), 'scopes');
    expectInvalid(await owner.session.post(`${APPROVALS}/${approval.id}/approve`, {}), 'scopes');
  });
});

const callerIn = async (role: 'admin' | 'member') =>
  (await callers.person({ organizationId: owner.organizationId, role })).client;
