import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import type { TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey } from '../harness/fixtures.js';

const SCOPES = ['knowledge:read', 'knowledge:write', 'conversations:read', 'conversations:write'];
const MIB = 1_000_000;

let app: TestApp;
let client: TestClient;
beforeAll(async () => {
  app = await startApp();
  const { session } = await register(app.client);
  client = await withKey(session, SCOPES);
});
afterAll(() => app.close());

interface Entry {
  id: string;
  status: string;
  error: string | null;
  version: number;
  passage_count: number;
}
const add = async (content: string): Promise<Entry> => {
  const { status, body } = await client.post<Entry>('/api/v1/knowledge', { title: 'Hostile', content });
  expect(status).toBe(201);
  return body;
};
const ended = (id: string): Promise<Entry> =>
  eventually(async () => {
    const { body } = await client.get<Entry>(`/api/v1/knowledge/${id}`);
    expect(body.status).not.toBe('processing');
    return body;
  }, 60_000);
/** How often the event loop runs in the meantime. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await work();
  clearInterval(timer);
  return turns;
}

describe('a pathological text', () => {
  it.each([
    ['numbers of a list', '1. '],
    ['questions', '? A '],
    ['one character', 'a'],
    ['empty lines', 'a\n\n'],
    ['fences', '```a\n'],
    ['marks on marks', '退\u0301\u0316'],
  ])('of %s is indexed without blocking the event loop', async (_name, unit) => {
    const content = unit.repeat(Math.floor((0.9 * MIB) / Buffer.byteLength(JSON.stringify(unit).slice(1, -1))));
    const { id } = await add(content);
    let entry: Entry | undefined;
    const turns = await turnsDuring(async () => (entry = await ended(id)));
    expect(entry).toMatchObject({ status: 'ready', error: null });
    expect(turns).toBeGreaterThan(20);
  });

  it('of more sections than allowed fails with a reason and an event, and keeps the version before', async () => {
    const { id } = await add('The quokka smiles.');
    const { status, body } = await client.patch<Entry>(`/api/v1/knowledge/${id}`, {
      content: '# A\nb\n'.repeat(100_000),
    });
    expect([status, body.status]).toEqual([200, 'processing']);
    expect(await ended(id)).toMatchObject({
      status: 'failed',
      error: 'The text has more than 20000 sections. Split it into several entries.',
      version: 2,
    });
    const found = await client.get<{ data: { version: number }[] }>('/api/v1/knowledge/search?q=quokka');
    expect(found.body.data).toMatchObject([{ version: 1 }]);
    const events = await app.database.query(
      `SELECT payload->>'version' AS version FROM events WHERE type = 'knowledge.failed' AND subject = $1`,
      [id],
    );
    expect(events).toEqual([{ version: '2' }]);
    await client.patch(`/api/v1/knowledge/${id}`, { content: 'The quokka smiles again.' });
    expect(await ended(id)).toMatchObject({ status: 'ready', error: null, version: 3 });
  });
});

describe('a chat of very many words over very many rows', () => {
  it('is answered, whole and streamed, without blocking the event loop', async () => {
    const words = Array.from({ length: 8_000 }, (_, n) => `q${n.toString(36)}`);
    for (let part = 0; part < 8; part++) {
      await add(
        words
          .slice(part * 1_000, part * 1_000 + 1_000)
          .map((word) => `| ${word} |\n`)
          .join('')
          .repeat(6),
      );
    }
    const body = { message: words.join(' ').slice(0, 32_000), top_k: 50 };
    for (const path of ['/api/v1/chat', '/api/v1/chat/stream']) {
      const answer = await client.post<unknown>(path, body);
      expect(answer.status).toBe(200);
    }
  });
});
