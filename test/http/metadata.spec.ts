import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/platform/ids/index.js';
import type { Answer, TestClient } from '../harness/client.js';
import { register, type Account } from '../harness/fixtures.js';
import { sharedApp, type RunningApp } from '../harness/shared-app.js';
import { expectInvalid, expectProblem, named } from '../harness/expectations.js';

let app: RunningApp;
let account: Account;
let client: TestClient;
beforeAll(async () => {
  app = await sharedApp();
  account = await register(app.client);
  client = account.session;
});
afterAll(() => app.close());

const keys = (count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));
/** An object whose JSON has that many bytes. */
const sized = (bytes: number): object => ({ a: 'x'.repeat(bytes - '{"a":""}'.length) });
const nested = (depth: number): object => (depth === 0 ? {} : { a: nested(depth - 1) });

interface Stored {
  id: string;
  metadata: object;
}

const PLACES: [string, (metadata: unknown) => Promise<Answer<Stored>>][] = [
  ['POST /api/v1/conversations', (metadata) => client.post('/api/v1/conversations', { metadata })],
  ['POST /api/v1/knowledge', (metadata) => client.post('/api/v1/knowledge', { title: 'T', content: 'C', metadata })],
  [
    'PATCH /api/v1/conversations/{id}',
    async (metadata) => {
      const { body } = await client.post<Stored>('/api/v1/conversations', {});
      return client.patch(`/api/v1/conversations/${body.id}`, { metadata });
    },
  ],
  [
    'PATCH /api/v1/knowledge/{id}',
    async (metadata) => {
      const { body } = await client.post<Stored>('/api/v1/knowledge', { title: 'T', content: 'C' });
      return client.patch(`/api/v1/knowledge/${body.id}`, { metadata });
    },
  ],
];

describe.each(PLACES)('metadata at %s', (_place, send) => {
  it.each(
    named<object>([
      ['nothing', {}],
      ['any JSON', { text: 'é\u202e', none: null, list: [1, [2.5, { deep: true }]], 'a.b c': -0.0001, toString_: 'x' }],
      ['50 keys', keys(50)],
      ['a key of 64 characters', { ['é'.repeat(64)]: 1 }],
      ['a key of 64 characters of two units each', { ['😀'.repeat(64)]: 1 }],
      ['16 KiB', sized(16 * 1024)],
      ['nesting', nested(20)],
      ['16 KiB of numbers in a list', { a: Array.from({ length: 8_188 }, () => 1) }],
      ['16 KiB in escapes', { a: '"'.repeat(8_188) }],
    ]),
  )('is stored as sent: %s %s', async (_name, _text, metadata) => {
    const { status, body } = await send(metadata);
    expect([200, 201]).toContain(status);
    expect(body.metadata).toEqual(metadata);
  });

  it.each(
    named<unknown>([
      ['51 keys', keys(51)],
      ['a thousand keys', keys(1_000)],
      ['an empty key', { '': 1 }],
      ['a key of 65 characters', { ['é'.repeat(65)]: 1 }],
      ['a key of 10,000 characters', { ['k'.repeat(10_000)]: 1 }],
      ['16 KiB and a byte', sized(16 * 1024 + 1)],
      ['16 KiB of wide characters', { a: 'é'.repeat(9_000) }],
      ['lists that are just too much', { a: Array.from({ length: 8_189 }, () => 1) }],
      ['much in one key', { a: Array.from({ length: 5_000 }, () => 'value') }],
      ['an array', []],
      ['a text', 'text'],
      ['a number', 7],
    ]),
  )('is rejected: %s %s', async (_name, _text, metadata) => {
    const answer = await send(metadata);
    expectInvalid(answer, 'metadata');
    expect(JSON.stringify(answer.body).length).toBeLessThan(2_000);
  });

  it('reports the limits', async () => {
    const details = await Promise.all(
      [keys(51), { '': 1 }, sized(20_000)].map(async (metadata) => {
        const problem = expectProblem(await send(metadata), 'VALIDATION_ERROR');
        return problem.errors?.map(({ message }) => message);
      }),
    );
    expect(details).toEqual([
      ['must have at most 50 keys; it has 51'],
      ['must have keys of 1 to 64 characters'],
      ['must be at most 16 KiB of JSON'],
    ]);
  });
});

describe('metadata that is larger than now allowed', () => {
  it.each(['conversations', 'knowledge'])('stays readable and changeable: %s', async (kind) => {
    const path = `/api/v1/${kind}`;
    const id = newId();
    const metadata = { ...keys(100), large: 'x'.repeat(50_000) };
    await app.database.query(
      `INSERT INTO ${kind} (id, organization_id, title, metadata, status) VALUES ($1, $2, 'Old', $3, $4)`,
      [id, account.organizationId, metadata, kind === 'knowledge' ? 'ready' : 'open'],
    );
    if (kind === 'knowledge') {
      await app.database.query(
        `INSERT INTO document_versions (organization_id, document_id, version, content) VALUES ($1, $2, 1, 'Text')`,
        [account.organizationId, id],
      );
    }
    expect((await client.get<Stored>(`${path}/${id}`)).body.metadata).toEqual(metadata);
    expect((await client.get<{ data: Stored[] }>(path)).body.data[0]).toMatchObject({ id, metadata });
    const changed = await client.patch<Stored>(`${path}/${id}`, { title: 'New' });
    expect(changed.body).toMatchObject({ title: 'New', metadata });
  });
});
