import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_BYTES } from '../../src/platform/database/page.js';
import { newId } from '../../src/platform/ids/index.js';
import type { TestClient } from '../harness/client.js';
import { register, withKey, type Account } from '../harness/fixtures.js';
import { sharedApp, type RunningApp } from '../harness/shared-app.js';
import type { Page } from '../harness/expectations.js';

interface Item {
  id: string;
}

const KIB = 1024;
/** Names, braces and times around the stored data. */
const SLACK_PER_ITEM = 1 * KIB;

let app: RunningApp;
let account: Account;
let reader: TestClient;
beforeAll(async () => {
  app = await sharedApp();
  account = await register(app.client);
  reader = await withKey(account.session, [
    'conversations:read',
    'knowledge:read',
    'notifications:read',
    'system:read',
    'audit:read',
  ]);
});
afterAll(() => app.close());

/** Rows that an older version could create: as large as a request. */
const noise = (bytes: number): string => 'x'.repeat(bytes);

/** Fills a list with rows of these sizes, oldest first; returns their ids. */
type Fill = (sizes: number[]) => Promise<string[]>;

const insert =
  (sql: string): Fill =>
  async (sizes) => {
    const ids: string[] = [];
    for (const [index, bytes] of sizes.entries()) {
      const id = newId();
      ids.push(id);
      await app.database.query(sql, [
        id,
        account.organizationId,
        index % 2 ? noise(bytes) : noise(bytes).toUpperCase(),
      ]);
    }
    return ids;
  };

const LISTS: [path: string, fill: Fill][] = [
  [
    '/api/v1/conversations',
    insert(
      `INSERT INTO conversations (id, organization_id, metadata) VALUES ($1, $2, jsonb_build_object('a', $3::text))`,
    ),
  ],
  [
    '/api/v1/conversations?status=open',
    insert(
      `INSERT INTO conversations (id, organization_id, metadata) VALUES ($1, $2, jsonb_build_object('a', $3::text))`,
    ),
  ],
  [
    '/api/v1/knowledge',
    insert(`INSERT INTO knowledge (id, organization_id, title, status, metadata)
            VALUES ($1, $2, 'Large', 'ready', jsonb_build_object('a', $3::text))`),
  ],
  [
    '/api/v1/notifications',
    insert(`INSERT INTO notifications (id, organization_id, type, title, message)
            VALUES ($1, $2, 'info', 'Large', $3)`),
  ],
  [
    '/api/v1/request-logs',
    insert(`INSERT INTO request_logs (id, organization_id, created_at, request_id, method, route, path, status, duration_ms,
              request_bytes, response_bytes, principal_kind, credential_id)
            SELECT $1::uuid, $2, to_timestamp(('x' || substr(replace($1::uuid::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0), 'req_large',
              'GET', '/large', $3, 200, 1, 0, 0, 'session', $2`),
  ],
];

async function walk(path: string, limit: number): Promise<Page<Item>[]> {
  const pages: Page<Item>[] = [];
  let cursor = '';
  for (;;) {
    const separator = path.includes('?') ? '&' : '?';
    const response = await reader.fetch('GET', `${path}${separator}limit=${limit}${cursor}`);
    expect(response.status).toBe(200);
    const text = await response.text();
    const page = JSON.parse(text) as Page<Item>;
    pages.push(page);
    const [count, bytes] = [page.data.length, Buffer.byteLength(text)];
    expect(count).toBeGreaterThan(0);
    // Within the limit, or one item that is larger by itself.
    if (count > 1) expect(bytes).toBeLessThan(PAGE_BYTES + limit * SLACK_PER_ITEM);
    expect(page.has_more).toBe(page.next_cursor !== null);
    if (!page.has_more) return pages;
    cursor = `&cursor=${page.next_cursor}`;
  }
}

describe.each(LISTS)('GET %s', (path, fill) => {
  it('returns as many of the newest as fit into a page, each exactly once over all pages', async () => {
    const sizes = [300, 10, 1500, 400, 400, 400, 10, 10, 1100, 900, 10].map((kib) => kib * KIB);
    const ids = (await fill(sizes)).reverse();
    const pages = await walk(path, 100);
    const seen = pages.flatMap(({ data }) => data.map(({ id }) => id)).filter((id) => ids.includes(id));
    expect(seen).toEqual(ids);
    const counts = pages
      .map(({ data }) => data.filter(({ id }) => ids.includes(id)).length)
      .filter((count) => count > 0);
    expect(counts.length).toBeGreaterThanOrEqual(6);
    // Limited by the number of items, and within that by bytes.
    for (const limit of [1, 2]) {
      const few = await walk(path, limit);
      expect(few.flatMap(({ data }) => data.map(({ id }) => id)).filter((id) => ids.includes(id))).toEqual(ids);
      expect(Math.max(...few.map(({ data }) => data.length))).toBe(limit);
    }
  });
});

describe('GET /api/v1/conversations/{id}/messages', () => {
  it('is limited by the text and sources of the messages, like the latest messages of a conversation', async () => {
    const conversationId = newId();
    await app.database.query('INSERT INTO conversations (id, organization_id) VALUES ($1, $2)', [
      conversationId,
      account.organizationId,
    ]);
    const fill = insert(
      `INSERT INTO messages (id, organization_id, conversation_id, role, content, answer) VALUES ($1, $2,
         '${conversationId}', 'assistant', $3, jsonb_build_object('model', 'm', 'tokens', '{"prompt":1,"completion":1,"total":2}'::jsonb,
         'cached', false, 'sources', jsonb_build_array(jsonb_build_object('citation', 1,
         'document_id', gen_random_uuid(), 'version', 1, 'title', 'T', 'text', $3::text, 'score', 1, 'start', 0, 'end', 1, 'verified', true))))`,
    );
    const ids = (await fill(Array.from({ length: 30 }, () => 60 * KIB))).reverse();
    const pages = await walk(`/api/v1/conversations/${conversationId}/messages`, 100);
    expect(pages.flatMap(({ data }) => data.map(({ id }) => id))).toEqual(ids);
    expect(pages.map(({ data }) => data.length)).toEqual([8, 8, 8, 6]);
    const { body } = await reader.get<{ messages: Item[] }>(`/api/v1/conversations/${conversationId}`);
    expect(body.messages.map(({ id }) => id)).toEqual(ids.slice(0, 8).reverse());
  });
});
