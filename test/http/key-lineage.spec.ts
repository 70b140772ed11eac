import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allScopes } from '../../src/identity/permissions/scopes.js';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { register, type Account } from '../harness/fixtures.js';
import { sharedApp, type RunningApp } from '../harness/shared-app.js';
import { expectInvalid, expectProblem, NO_ID, type Page } from '../harness/expectations.js';

interface ApiKey {
  id: string;
  key: string;
  parent_id: string | null;
  descendant_count: number;
  rate_limit: number | null;
  expires_at: string | null;
}

const KEYS = '/api/v1/api-keys';
const LIMIT = 5;

let app: RunningApp;
let owner: Account;
beforeAll(async () => {
  app = await sharedApp();
});
afterAll(() => app.close());

const tryToMake = (client: TestClient, fields: object = {}): Promise<Answer<ApiKey>> =>
  client.post<ApiKey>(KEYS, { name: 'Test', scopes: allScopes, ...fields });

async function make(client: TestClient, fields: object = {}): Promise<ApiKey & { client: TestClient }> {
  const { status, body } = await tryToMake(client, fields);
  expect({ status, body }).toMatchObject({ status: 201 });
  return { ...body, client: app.client.as(body.key) };
}
const read = async (id: string): Promise<ApiKey> => (await owner.session.get<ApiKey>(`${KEYS}/${id}`)).body;
const use = (client: TestClient): Promise<Answer<unknown>> => client.get('/api/v1/knowledge');

/** How many of that many calls by these keys, in turn, pass. */
async function passing(clients: TestClient[], calls: number): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: calls }, (_, index) => use(clients[index % clients.length] as TestClient)),
  );
  expect(answers.filter(({ status }) => status !== 200 && status !== 429)).toEqual([]);
  return answers.filter(({ status }) => status === 200).length;
}

/** With SQL, for a bucket that creating keys did not empty. */
async function limit(id: string, perMinute: number): Promise<void> {
  expect((await owner.session.patch(`${KEYS}/${id}`, { rate_limit: perMinute })).status).toBe(200);
}

beforeAll(async () => {
  owner = await register(app.client);
});

describe('descendants of a key', () => {
  it('show which key created them, and are counted there at every depth, and in lists', async () => {
    const top = await make(owner.session);
    const child = await make(top.client);
    const grandchild = await make(child.client, { environment: 'test' });
    expect([top.parent_id, child.parent_id, grandchild.parent_id]).toEqual([null, top.id, child.id]);
    expect([top.descendant_count, child.descendant_count]).toEqual([0, 0]);
    const counts = await Promise.all([top, child, grandchild].map(async ({ id }) => (await read(id)).descendant_count));
    expect(counts).toEqual([2, 1, 0]);
    const { body } = await owner.session.get<Page<ApiKey>>(`${KEYS}?parent_id=${top.id}`);
    expect(body.data.map(({ id, descendant_count: count }) => [id, count])).toEqual([[child.id, 1]]);
    expect((await owner.session.get<Page<ApiKey>>(`${KEYS}?parent_id=${NO_ID}`)).body.data).toEqual([]);
    expectInvalid(await owner.session.get(`${KEYS}?parent_id=mine`), 'parent_id');
  });

  it('share its bucket with it and with each other, at every depth', async () => {
    const top = await make(owner.session);
    const children = await Promise.all(Array.from({ length: 6 }, () => make(top.client)));
    const grandchildren = await Promise.all(children.map(({ client }) => make(client)));
    const all = [top, ...children, ...grandchildren].map(({ client }) => client);
    expect(await passing(all, 26)).toBe(26);
    // They are cached in the process by now, without any limit.
    await limit(top.id, LIMIT);
    expect(await passing(all, 39)).toBe(LIMIT);
    const refused = await use(all.at(-1) as TestClient);
    expectProblem(refused, 'RATE_LIMITED');
    expect(refused.headers.get('x-ratelimit-limit')).toBe(String(LIMIT));
  });

  it('also have a lower limit of their own', async () => {
    const top = await make(owner.session, { rate_limit: 100 });
    const [low, other] = [await make(top.client, { rate_limit: 2 }), await make(top.client)];
    expect(await passing([low.client], 6)).toBe(2);
    expect(await passing([other.client], 6)).toBe(6);
  });

  it('have the limit of every key above them, including revoked ones', async () => {
    const top = await make(owner.session);
    const middle = await make(top.client);
    const low = await make(middle.client);
    await limit(middle.id, 3);
    expect((await owner.session.delete(`${KEYS}/${middle.id}`)).status).toBe(204);
    await eventually(async () => expectProblem(await use(middle.client), 'TOKEN_REVOKED'));
    const made = await make(low.client);
    expect(made).toMatchObject({ rate_limit: 3 });
    expect(await passing([low.client, made.client], 8)).toBe(2);
  });

  it('cannot raise the limit of a key above them', async () => {
    const top = await make(owner.session, { rate_limit: 50 });
    const child = await make(top.client);
    await limit(top.id, LIMIT);
    expectProblem(await child.client.patch(`${KEYS}/${top.id}`, { rate_limit: 50 }), 'FORBIDDEN');
    expectProblem(await child.client.patch(`${KEYS}/${top.id}`, { rate_limit: null }), 'FORBIDDEN');
  });

  it('expire with it, even if they would expire later', async () => {
    const top = await make(owner.session, { expires_at: '2050-01-01T00:00:00Z' });
    const child = await make(top.client);
    const grandchild = await make(child.client);
    expect((await use(grandchild.client)).status).toBe(200);
    const later = { expires_at: '2051-01-01T00:00:00Z' };
    expectInvalid(await owner.session.patch(`${KEYS}/${grandchild.id}`, later), 'expires_at');
    expectInvalid(await owner.session.patch(`${KEYS}/${grandchild.id}`, { expires_at: null }), 'expires_at');
    const soon = new Date(Date.now() + 1_500).toISOString();
    expect((await owner.session.patch(`${KEYS}/${top.id}`, { expires_at: soon })).status).toBe(200);
    await eventually(async () => expectProblem(await use(grandchild.client), 'TOKEN_EXPIRED'));
    expectProblem(await use(child.client), 'TOKEN_EXPIRED');
  });

  it('have at most eight generations', async () => {
    let { client } = await make(owner.session);
    for (let generation = 1; generation <= 8; generation += 1) ({ client } = await make(client));
    expect(expectProblem(await tryToMake(client), 'FORBIDDEN').detail).toContain('8 other keys above it');
  });
});

describe('DELETE /api/v1/api-keys/{id}', () => {
  async function family() {
    const top = await make(owner.session);
    const child = await make(top.client);
    const grandchild = await make(child.client);
    return { top, child, grandchild };
  }

  it('keeps the descendants by default', async () => {
    const { top, child, grandchild } = await family();
    expect((await owner.session.delete(`${KEYS}/${top.id}?cascade=false`)).status).toBe(204);
    for (const { client } of [child, grandchild]) expect((await use(client)).status).toBe(200);
    expect(await read(child.id)).toMatchObject({ parent_id: top.id, descendant_count: 1 });
  });

  it('revokes them all with ?cascade=true, also those below a key that is already revoked, and audits each', async () => {
    const { top, child, grandchild } = await family();
    const { id: other } = await make(owner.session);
    for (const { client } of [top, child, grandchild]) expect((await use(client)).status).toBe(200);
    await owner.session.delete(`${KEYS}/${child.id}`);
    expect((await read(top.id)).descendant_count).toBe(1);
    expect((await owner.session.delete(`${KEYS}/${top.id}?cascade=true`)).status).toBe(204);
    for (const { client } of [top, child, grandchild]) expectProblem(await use(client), 'TOKEN_REVOKED');
    const entries = await app.database.query(
      `SELECT target_id, details->>'ancestor_id' AS ancestor FROM audit_log
       WHERE action = 'api_key.revoked' AND target_id = ANY($1) ORDER BY sequence`,
      [[top.id, child.id, grandchild.id]],
    );
    expect(entries).toEqual([
      { target_id: child.id, ancestor: null },
      { target_id: top.id, ancestor: null },
      { target_id: grandchild.id, ancestor: top.id },
    ]);
    expect((await read(other)).id).toBe(other);
    expectProblem(await owner.session.delete(`${KEYS}/${top.id}?cascade=true`), 'NOT_FOUND');
  });

  it('includes a key that is created concurrently', async () => {
    const { top, child } = await family();
    const making = Array.from({ length: 12 }, (_, index) => tryToMake(index % 2 ? top.client : child.client));
    const revoked = owner.session.delete(`${KEYS}/${top.id}?cascade=true`);
    const made = (await Promise.all(making)).filter(({ status }) => status === 201);
    expect((await revoked).status).toBe(204);
    for (const { body } of made) expectProblem(await use(app.client.as(body.key)), 'TOKEN_REVOKED');
  });

  it('accepts only true and false for it', async () => {
    const { top } = await family();
    expectInvalid(await owner.session.delete(`${KEYS}/${top.id}?cascade=yes`), 'cascade');
    expect((await use(top.client)).status).toBe(200);
  });
});
