import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decodeJwt } from 'jose';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { confirmAddress, PASSWORD, register, type Account } from '../harness/fixtures.js';
import { untilBlocking } from '../harness/locks.js';
import { seal } from '../harness/seal.js';
import { sharedApp, type RunningApp } from '../harness/shared-app.js';
import { expectProblem } from '../harness/expectations.js';

interface Tokens {
  access_token: string;
  refresh_token: string;
  user: { organization_id: string };
}

const ME = '/api/v1/organizations/me';

let app: RunningApp;
let client: TestClient;
/** Owns an organization that the guest has joined, new for each test. */
let owner: Account;
let guest: Account;
beforeAll(async () => {
  app = await sharedApp();
  ({ client } = app);
});
afterAll(() => app.close());
beforeEach(async () => {
  [owner, guest] = await Promise.all([register(client), register(client)]);
  await confirmAddress(app.database, owner);
  await invite();
});

/** Invites the guest, who accepts in that session. */
async function invite(session = guest.session): Promise<void> {
  const { body } = await owner.session.post<{ id: string }>(`${ME}/invitations`, {
    email: guest.email,
    role: 'member',
  });
  const token = seal('invitation', body.id);
  expect(await session.post('/api/v1/invitations/accept', { token })).toMatchObject({ status: 200 });
}
const remove = (): Promise<Answer<unknown>> => owner.session.delete(`${ME}/members/${guest.userId}`);
const login = async (): Promise<Tokens> =>
  (await client.post<Tokens>('/auth/login', { email: guest.email, password: PASSWORD })).body;
const refresh = (token: string): Promise<Answer<Tokens>> =>
  client.post<Tokens>('/auth/refresh', { refresh_token: token });
const switchTo = (session: TestClient, id: string): Promise<Answer<unknown>> =>
  session.post('/auth/switch-organization', { organization_id: id });
/** Signs the guest in, and switches to the owner’s organization. */
async function loginThere(): Promise<Tokens & { session: TestClient }> {
  const tokens = await login();
  const session = client.as(tokens.access_token);
  expect((await switchTo(session, owner.organizationId)).status).toBe(200);
  return { ...tokens, session };
}
const idOf = (session: TestClient): string => decodeJwt(session.token as string)['sid'] as string;
/** The entries of the owner’s organization in the audit log about one target. */
const audited = (target: string): Promise<unknown[]> =>
  app.database.query(
    'SELECT action, actor_id AS actor FROM audit_log WHERE organization_id = $1 AND target_id = $2 ORDER BY sequence',
    [owner.organizationId, target],
  );

describe('the sessions of a removed member', () => {
  it('stay refused after the person is invited again and accepts', async () => {
    const { session, refresh_token: refreshToken } = await loginThere();
    expect((await session.get(ME)).status).toBe(200);
    expect((await remove()).status).toBe(204);
    await eventually(async () => expectProblem(await session.get(ME), 'TOKEN_REVOKED'));

    await invite();
    expectProblem(await session.get('/auth/me'), 'TOKEN_REVOKED');
    expectProblem(await refresh(refreshToken), 'TOKEN_REVOKED');
    expect((await (await loginThere()).session.get(ME)).status).toBe(200);
  });

  it('continue if they act in another organization', async () => {
    const elsewhere = await loginThere();
    await switchTo(elsewhere.session, guest.organizationId);
    expect((await remove()).status).toBe(204);
    for (const session of [guest.session, elsewhere.session]) {
      expect(await session.get(ME)).toMatchObject({ status: 200, body: { id: guest.organizationId } });
    }
    expect((await refresh(elsewhere.refresh_token)).status).toBe(200);
    expectProblem(await switchTo(guest.session, owner.organizationId), 'NOT_FOUND');
  });

  it('do not include those of other people', async () => {
    await loginThere();
    await remove();
    expect((await owner.session.get(ME)).status).toBe(200);
  });

  it('are audited as ended by the person who removed the member', async () => {
    const { session } = await loginThere();
    await remove();
    const by = { actor: owner.userId };
    expect((await audited(idOf(session))).at(-1)).toEqual({ action: 'session.ended', ...by });
    expect((await audited(guest.userId)).at(-1)).toEqual({ action: 'member.removed', ...by });
    expect(await audited(idOf(guest.session))).toEqual([]);
  });

  it('end together with the removal or not at all', async () => {
    const { session } = await loginThere();
    await app.database.query(`UPDATE memberships SET role = 'owner' WHERE organization_id = $1 AND user_id = $2`, [
      owner.organizationId,
      guest.userId,
    ]);
    await app.database.query(`UPDATE memberships SET role = 'admin' WHERE organization_id = $1 AND user_id = $2`, [
      owner.organizationId,
      owner.userId,
    ]);
    expectProblem(await remove(), 'FORBIDDEN');
    expect((await session.get(ME)).status).toBe(200);
  });

  it('end also when the member leaves, and a sign-in selects another organization', async () => {
    const { session, refresh_token: refreshToken } = await loginThere();
    expect((await session.post(`${ME}/leave`)).status).toBe(204);
    await invite();
    expectProblem(await session.get('/auth/me'), 'TOKEN_REVOKED');
    expectProblem(await refresh(refreshToken), 'TOKEN_REVOKED');
    expect((await login()).user.organization_id).toBe(guest.organizationId);
    expect((await guest.session.get(ME)).status).toBe(200);
  });
});

describe('a removal in progress', () => {
  const THERE = 'organization_id = $1 AND user_id = $2';

  /** Removes the guest in its own transaction, which ends once another connection waits for it. */
  async function removeWhile<T>(work: () => Promise<T>): Promise<T> {
    await app.database.query('BEGIN');
    await app.database.query(`DELETE FROM memberships WHERE ${THERE}`, [owner.organizationId, guest.userId]);
    const working = work();
    await untilBlocking(app.database).finally(() => app.database.query('COMMIT'));
    return working;
  }

  it('prevents sessions from switching to the organization', async () => {
    expectProblem(await removeWhile(() => switchTo(guest.session, owner.organizationId)), 'NOT_FOUND');
    expect(
      await app.database.query(`SELECT FROM sessions WHERE ${THERE}`, [owner.organizationId, guest.userId]),
    ).toEqual([]);
  });

  it('prevents sign-ins to it', async () => {
    await app.database.query(`UPDATE memberships SET created_at = '2020-01-01' WHERE ${THERE}`, [
      owner.organizationId,
      guest.userId,
    ]);
    expect((await login()).user.organization_id).toBe(owner.organizationId);
    expect((await removeWhile(login)).user.organization_id).toBe(guest.organizationId);
  });
});
