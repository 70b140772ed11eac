import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { IdempotencySweep } from '../../src/platform/idempotency/index.js';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { PASSWORD, register, withKey, type Account } from '../harness/fixtures.js';
import { Tap } from '../harness/model-server.mjs';
import { startStandInApp, type StandInApp } from '../harness/stand-in.js';
import { expectInvalid, expectProblem } from '../harness/expectations.js';

const KNOWLEDGE = '/api/v1/knowledge';
const CHAT = '/api/v1/chat';
const STREAM = '/api/v1/chat/stream';
const ENTRY = { title: 'Shop', content: 'Open from 9 to 18.' };
const QUESTION = { message: 'Is anybody there?' };

let app: StandInApp;
let owner: Account;
beforeAll(async () => {
  app = await startStandInApp();
  owner = await register(app.client);
});
afterAll(() => app.close());

let key: string;
beforeEach(() => {
  key = randomUUID();
});
afterEach(() => {
  app.model.script = { pieces: ['Hello', ' from', ' the', ' stand-in.'] };
});

/** Sends a request under the key of this test, or another. */
const send = (client: TestClient, method: string, path: string, body?: unknown, under = key): Promise<Answer<string>> =>
  client
    .fetch(method, path, { body, headers: { 'idempotency-key': under } })
    .then(async (response) => ({ status: response.status, headers: response.headers, body: await response.text() }));

const parsed = <Body>({ body, ...answer }: Answer<string>): Answer<Body> => ({
  ...answer,
  body: JSON.parse(body) as Body,
});

function expectReplay(second: Answer<string>, first: Answer<string>): void {
  const seen = ({ status, headers, body }: Answer<string>) => ({
    status,
    body,
    type: headers.get('content-type'),
    location: headers.get('location') ?? headers.get('content-location'),
  });
  expect(seen(second)).toEqual(seen(first));
  expect([first, second].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true']);
}

async function count(table: string, client?: TestClient): Promise<number> {
  const organizationId = client ? (await whoIs(client)).organization_id : owner.organizationId;
  const [row] = await app.database.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM ${table} WHERE organization_id = $1`,
    [organizationId],
  );
  return row?.n as number;
}

const whoIs = async (client: TestClient): Promise<{ organization_id: string }> =>
  (await client.get<{ organization_id: string }>('/auth/me')).body;

describe('the same request again', () => {
  it('gets the stored response byte for byte, and has no further effect', async () => {
    const first = await send(owner.session, 'POST', KNOWLEDGE, ENTRY);
    const entries = await count('knowledge');
    const again = await send(owner.session, 'POST', KNOWLEDGE, ENTRY);
    expect(first.status).toBe(201);
    expectReplay(again, first);
    expect(await count('knowledge')).toBe(entries);
    const { id } = JSON.parse(first.body) as { id: string };
    expect(again.headers.get('location')).toBe(`${KNOWLEDGE}/${id}`);
  });

  it.each([
    [
      'names in another order',
      '{"content":"Open from 9 to 18.","title":"Shop","metadata":{"b":[1,{"d":2,"c":3}],"a":1}}',
    ],
    [
      'white space',
      '{ "title" : "Shop",\n"content":"Open from 9 to 18.", "metadata": {"a": 1, "b": [1, {"c": 3, "d": 2}]}}\r\n',
    ],
    [
      'escapes and other numerals',
      '{"title":"\\u0053hop","content":"Open from 9 to 18.","metadata":{"a":1.0,"b":[1e0,{"c":3,"d":20e-1}]}}',
    ],
    [
      'a name given twice',
      '{"title":"x","title":"Shop","content":"Open from 9 to 18.","metadata":{"a":1,"b":[1,{"c":3,"d":2}]}}',
    ],
    [
      'a byte order mark',
      '\ufeff{"title":"Shop","content":"Open from 9 to 18.","metadata":{"a":1,"b":[1,{"c":3,"d":2}]}}',
    ],
  ])('is recognized by its value, not by its spelling: %s', async (_name, spelling) => {
    const metadata = { a: 1, b: [1, { c: 3, d: 2 }] };
    const first = await send(owner.session, 'POST', KNOWLEDGE, { ...ENTRY, metadata });
    expectReplay(await send(owner.session, 'POST', KNOWLEDGE, spelling), first);
  });

  it('gets it also after the created resource is gone', async () => {
    const first = await send(owner.session, 'POST', KNOWLEDGE, ENTRY);
    const { id } = JSON.parse(first.body) as { id: string };
    const path = `${KNOWLEDGE}/${id}`;
    const deleted = await send(owner.session, 'DELETE', path, undefined, `${key}-delete`);
    expect(deleted.status).toBe(204);
    expectReplay(await send(owner.session, 'DELETE', path, undefined, `${key}-delete`), deleted);
    expectReplay(await send(owner.session, 'POST', KNOWLEDGE, ENTRY), first);
  });

  it('shows a new API key again, although it is not stored in plain text', async () => {
    const first = await send(owner.session, 'POST', '/api/v1/api-keys', { name: 'A', scopes: ['knowledge:read'] });
    const again = await send(owner.session, 'POST', '/api/v1/api-keys', { name: 'A', scopes: ['knowledge:read'] });
    expectReplay(again, first);
    const { key: secret } = JSON.parse(again.body) as { key: string };
    const stored = await app.database.query('SELECT to_jsonb(r)::text AS row FROM idempotency_records r');
    expect(JSON.stringify(stored)).not.toContain(secret);
    expect(JSON.stringify(stored)).not.toContain(key);
  });

  it('does its work once if it is sent many times concurrently', async () => {
    const before = await count('knowledge');
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => send(owner.session, 'POST', KNOWLEDGE, { ...ENTRY, title: 'At once' })),
    );
    expect(await count('knowledge')).toBe(before + 1);
    expect(answers.filter(({ status, headers }) => status === 201 && !headers.has('idempotency-replayed')).length).toBe(
      1,
    );
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expectProblem(parsed(answer), 'IDEMPOTENCY_IN_PROGRESS');
    }
  });

  it('is done again after a day, and its record is deleted', async () => {
    const first = await send(owner.session, 'POST', KNOWLEDGE, ENTRY);
    await app.database.query(`UPDATE idempotency_records SET expires_at = now()`);
    const again = await send(owner.session, 'POST', KNOWLEDGE, { ...ENTRY, title: 'Another' });
    expect([first.status, again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 201, null]);
    await app.database.query(`UPDATE idempotency_records SET expires_at = now() + interval '1 minute'`);
    const kept = await send(owner.session, 'POST', KNOWLEDGE, { ...ENTRY, title: 'Another' });
    expectReplay(kept, again);
    await app.database.query(`UPDATE idempotency_records SET expires_at = now()`);
    await app.nest.get(IdempotencySweep, { strict: false }).sweep();
    expect(await app.database.query('SELECT key FROM idempotency_records')).toEqual([]);
  });

  it('without a key is done again, and nothing is stored', async () => {
    const kept = await count('idempotency_records');
    const ids = await Promise.all([1, 2].map(() => owner.session.post<{ id: string }>(KNOWLEDGE, ENTRY)));
    expect(new Set(ids.map(({ body }) => body.id)).size).toBe(2);
    expect(await count('idempotency_records')).toBe(kept);
  });
});

describe('a request that is refused', () => {
  it('is not stored: its key is free for a corrected request', async () => {
    expectInvalid(parsed(await send(owner.session, 'POST', KNOWLEDGE, { ...ENTRY, title: '' })), 'title');
    expect((await send(owner.session, 'POST', KNOWLEDGE, ENTRY)).status).toBe(201);
  });

  it('is also not stored if it works under a lease', async () => {
    const missing = { ...QUESTION, conversation_id: randomUUID() };
    expectProblem(parsed(await send(owner.session, 'POST', CHAT, missing)), 'NOT_FOUND');
    expectProblem(parsed(await send(owner.session, 'POST', STREAM, missing)), 'NOT_FOUND');
    expect((await send(owner.session, 'POST', CHAT, QUESTION)).status).toBe(200);
  });
});

describe('409', () => {
  it('for another request under the same key', async () => {
    const { id } = parsed<{ id: string }>(await send(owner.session, 'POST', KNOWLEDGE, ENTRY)).body;
    const others: [string, string, object?][] = [
      ['POST', KNOWLEDGE, { ...ENTRY, title: 'Another' }],
      ['POST', `${KNOWLEDGE}?x=1`, ENTRY],
      ['POST', CHAT, QUESTION],
      ['POST', STREAM, QUESTION],
      ['PATCH', `${KNOWLEDGE}/${id}`, ENTRY],
      ['DELETE', `${KNOWLEDGE}/${id}`],
    ];
    for (const [method, path, body] of others) {
      expectProblem(parsed(await send(owner.session, method, path, body)), 'IDEMPOTENCY_KEY_REUSED');
    }
  });

  it('while the first is in its transaction', async () => {
    await app.database.query('BEGIN');
    await app.database.query('LOCK TABLE knowledge IN SHARE ROW EXCLUSIVE MODE');
    const first = send(owner.session, 'POST', KNOWLEDGE, ENTRY);
    try {
      await eventually(async () => {
        const waiting = await app.database.query(
          `SELECT FROM pg_locks WHERE relation = 'knowledge'::regclass AND NOT granted`,
        );
        expect(waiting).toHaveLength(1);
      });
      for (const [path, body] of [
        [KNOWLEDGE, ENTRY],
        [CHAT, QUESTION],
      ] as const) {
        const answer = await send(owner.session, 'POST', path, body);
        expectProblem(parsed(answer), 'IDEMPOTENCY_IN_PROGRESS');
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      }
    } finally {
      await app.database.query('ROLLBACK');
    }
    const answer = await first;
    expectReplay(await send(owner.session, 'POST', KNOWLEDGE, ENTRY), answer);
  });

  it.each([CHAT, STREAM])('while the model answers the first: %s', async (path) => {
    const tap = new Tap();
    app.model.script = { pieces: tap };
    const asked = app.model.requests.length;
    const first = send(owner.session, 'POST', path, QUESTION);
    await eventually(() => expect(app.model.requests.length).toBe(asked + 1));
    expectProblem(parsed(await send(owner.session, 'POST', path, QUESTION)), 'IDEMPOTENCY_IN_PROGRESS');
    expectProblem(parsed(await send(owner.session, 'POST', KNOWLEDGE, ENTRY)), 'IDEMPOTENCY_KEY_REUSED');
    tap.push('At last.');
    tap.end();
    const answer = await first;
    expectReplay(await send(owner.session, 'POST', path, QUESTION), answer);
    expect(app.model.requests.length).toBe(asked + 1);
  });
});

describe('422', () => {
  it.each([0, 256])('for a key of %d characters', async (length) => {
    expectInvalid(parsed(await send(owner.session, 'POST', KNOWLEDGE, ENTRY, 'k'.repeat(length))), 'Idempotency-Key');
  });

  it('not for one of 255', async () => {
    expect((await send(owner.session, 'POST', KNOWLEDGE, ENTRY, 'k'.repeat(255))).status).toBe(201);
  });
});

describe('the scope of a key', () => {
  const scopes = ['knowledge:read', 'knowledge:write'];

  it('is the organization: another one, and the sandbox, use it independently', async () => {
    const stranger = await register(app.client);
    const sandbox = await withKey(owner.session, scopes, 'test');
    const answers = await Promise.all(
      [owner.session, stranger.session, sandbox].map((client) => send(client, 'POST', KNOWLEDGE, ENTRY)),
    );
    expect(answers.map(({ status, headers }) => [status, headers.get('idempotency-replayed')])).toEqual([
      [201, null],
      [201, null],
      [201, null],
    ]);
  });

  it('includes programs with equal rights', async () => {
    const [one, other] = [await withKey(owner.session, scopes), await withKey(owner.session, [...scopes].reverse())];
    const first = await send(one, 'POST', KNOWLEDGE, ENTRY);
    expectReplay(await send(other, 'POST', KNOWLEDGE, ENTRY), first);
  });

  it('excludes other callers, who get no stored response', async () => {
    const path = '/api/v1/api-keys';
    const body = { name: 'A', scopes: ['knowledge:read'] };
    const { key: secret } = parsed<{ key: string }>(await send(owner.session, 'POST', path, body)).body;
    const admin = await register(app.client);
    await app.database.query(`INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'admin')`, [
      owner.organizationId,
      admin.userId,
    ]);
    await admin.session.post('/auth/switch-organization', { organization_id: owner.organizationId });
    const program = await withKey(owner.session, ['api-keys:write', 'knowledge:read']);
    for (const other of [admin.session, program]) {
      const answer = await send(other, 'POST', path, body);
      expectProblem(parsed(answer), 'IDEMPOTENCY_KEY_REUSED');
      expect(answer.body).not.toContain(secret);
    }
  });

  it('excludes a credential that has lost access', async () => {
    const { body } = await owner.session.post<{ id: string; key: string }>('/api/v1/api-keys', { name: 'A', scopes });
    const program = owner.session.as(body.key);
    expect((await send(program, 'POST', KNOWLEDGE, ENTRY)).status).toBe(201);
    await owner.session.patch(`/api/v1/api-keys/${body.id}`, { scopes: ['knowledge:read'] });
    expectProblem(parsed(await send(program, 'POST', KNOWLEDGE, ENTRY)), 'INSUFFICIENT_SCOPE');
    await owner.session.delete(`/api/v1/api-keys/${body.id}`);
    expectProblem(parsed(await send(program, 'POST', KNOWLEDGE, ENTRY)), 'TOKEN_REVOKED');
  });

  it('separates anonymous callers by what they send', async () => {
    const people = ['a', 'b'].map((name) => ({ email: `${name}-${randomUUID()}@example.com`, password: PASSWORD }));
    const [first, other] = await Promise.all(people.map((body) => send(app.client, 'POST', '/auth/register', body)));
    expect([first?.status, other?.status]).toEqual([201, 201]);
    expectReplay(await send(app.client, 'POST', '/auth/register', people[0]), first as Answer<string>);
    const signedIn = await send(app.client, 'POST', '/auth/login', people[0]);
    expectReplay(await send(app.client, 'POST', '/auth/login', people[0]), signedIn);
    expectProblem(
      parsed(await send(app.client, 'POST', '/auth/login', { ...people[0], password: `${PASSWORD}!` })),
      'INVALID_CREDENTIALS',
    );
  });
});

describe('a stream', () => {
  it('is repeated byte for byte, without a call to the model', async () => {
    const asked = app.model.requests.length;
    const first = await send(app.program, 'POST', STREAM, QUESTION);
    const again = await send(app.program, 'POST', STREAM, QUESTION);
    expect(first.body.match(/^event: (message|done)$/gm)).toHaveLength(5);
    expectReplay(again, first);
    expect(app.model.requests.length).toBe(asked + 1);
  });

  it('that broke off is not stored: the same request gets a whole one, for the same question', async () => {
    app.model.script = { pieces: ['Half'], end: 'cut' };
    const first = await send(app.program, 'POST', STREAM, QUESTION);
    expect(first.body).toContain('event: error');
    app.model.script = { pieces: ['A whole', ' answer.'] };
    const again = await send(app.program, 'POST', STREAM, QUESTION);
    expect(again.headers.get('idempotency-replayed')).toBeNull();
    expect(again.body).toMatch(/event: done\n.*\n\n$/);
    const { conversation_id: id } = JSON.parse(again.body.split('event: done\ndata: ')[1] as string) as {
      conversation_id: string;
    };
    const { body } = await app.program.get<{ data: object[] }>(`/api/v1/conversations/${id}/messages`);
    expect(body.data).toMatchObject([
      { role: 'assistant', content: 'A whole answer.', status: 'complete' },
      { role: 'assistant', content: 'Half', status: 'interrupted' },
      { role: 'user', content: QUESTION.message },
    ]);
    expectReplay(await send(app.program, 'POST', STREAM, QUESTION), again);
  });

  it('whose client left is finished, and repeated from the start to the same request', async () => {
    const tap = new Tap();
    app.model.script = { pieces: tap };
    const asked = app.model.requests.length;
    const leaving = new AbortController();
    const response = await app.program.fetch('POST', STREAM, {
      body: QUESTION,
      headers: { 'idempotency-key': key },
      signal: leaving.signal,
    });
    leaving.abort();
    tap.push('Told');
    tap.push(' to nobody.');
    tap.end();
    await expect(response.text()).rejects.toThrow();
    const again = await eventually(async () => {
      const answer = await send(app.program, 'POST', STREAM, QUESTION);
      expect(answer.status).toBe(200);
      return answer;
    });
    expect(again.body).toContain('Told to nobody.');
    expect(app.model.requests.length).toBe(asked + 1);
  });
});
