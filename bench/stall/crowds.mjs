import { asNobody, asOwner, filled, times } from './scene.mjs';

/** @typedef {import('./scene.mjs').Input} Input */

const MIB = 1024 * 1024;
const LIST = '/api/v1/conversations';
/** As created by an older version. */
const LARGE_ROWS = 98;
const ORGANIZATION = `(SELECT id FROM organizations WHERE parent_id IS NULL LIMIT 1)`;
/** Incompressible text, so that a row is as large as it looks. */
const NOISE = `(SELECT string_agg(md5(n::text || i::text), '') FROM generate_series(1, 32000) AS i)`;

const LARGE_LISTS = {
  conversations: `INSERT INTO conversations (id, organization_id, metadata)
    SELECT gen_random_uuid(), ${ORGANIZATION}, jsonb_build_object('text', ${NOISE}) FROM generate_series(1, ${LARGE_ROWS}) AS n`,
  knowledge: `INSERT INTO knowledge (id, organization_id, title, status, metadata)
    SELECT gen_random_uuid(), ${ORGANIZATION}, 'Large', 'ready', jsonb_build_object('text', ${NOISE})
    FROM generate_series(1, ${LARGE_ROWS}) AS n`,
};

/**
 * Deleted after the measurement, because later listings are measured without these rows.
 *
 * @param {keyof typeof LARGE_LISTS} table
 * @returns {Input}
 */
const largeList = (table) => ({
  name: `list_${table}`,
  label: `${LARGE_ROWS} ${table} with 1 MB of metadata each, six lists of 100 at once`,
  crowd: 6,
  make: async (scene) => {
    await scene.query(LARGE_LISTS[table]);
    return times(6, () => asOwner(scene, 'GET', `/api/v1/${table}?limit=100`));
  },
  settle: ({ query }) => query(`DELETE FROM ${table} WHERE pg_column_size(metadata) > 100000`),
});

/**
 * @param {string} path
 * @param {number} crowd
 * @param {number} count
 * @returns {Input}
 */
const crowdAt = (path, crowd, count) => ({
  name: `crowd${path.replaceAll(/\W+/g, '_')}`,
  label: `GET ${path}, ${count} times over ${crowd} connections`,
  crowd,
  make: () => times(count, () => asNobody('GET', path)),
});

/** @type {Input[]} */
export const crowds = [
  largeList('conversations'),
  largeList('knowledge'),
  {
    name: 'messages_list',
    label: 'a conversation of 100 messages of 128 KB, ten lists of 100 at once',
    crowd: 10,
    make: async (scene) => {
      const { body } = await scene.owner.post(LIST, {});
      await scene.query(
        `INSERT INTO messages (id, organization_id, conversation_id, role, content) SELECT gen_random_uuid(), ${ORGANIZATION},
           '${body.id}', 'user', repeat('漢', 32000 + n) FROM generate_series(1, 100) AS n`,
      );
      return times(10, () => asOwner(scene, 'GET', `${LIST}/${body.id}/messages?limit=100`));
    },
  },
  {
    name: 'held_bodies',
    label: '300 bodies of 1 MB, held before their last byte',
    crowd: 300,
    make: () =>
      times(300, (index) => ({
        raw: `POST ${index % 2 ? '/auth/login' : LIST} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${MIB - 10}\r\n\r\n{"a":"${filled('x', MIB - 40)}`,
        holdMs: 4_000,
      })),
  },
  {
    name: 'held_headers',
    label: '500 connections that never end their headers',
    crowd: 500,
    make: () => times(500, () => ({ raw: `GET ${LIST} HTTP/1.1\r\nHost: a\r\nX-A: `, holdMs: 4_000 })),
  },
  {
    name: 'small_chunks',
    label: 'bodies in 100,000 chunks of one byte, 10 at once',
    crowd: 10,
    make: () =>
      times(10, () => ({
        raw: `POST /auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${'1\r\n \r\n'.repeat(100_000)}2\r\n{}\r\n0\r\n\r\n`,
        holdMs: 5_000,
      })),
  },
  {
    name: 'pipelined',
    label: '2,000 requests in one write, over 5 connections',
    crowd: 5,
    make: () => times(5, () => ({ raw: 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2_000), holdMs: 3_000 })),
  },
  {
    name: 'small_requests',
    label: 'small requests over 100 connections, 4,000',
    crowd: 100,
    make: (scene) =>
      times(4_000, (index) =>
        index % 2 ? asNobody('GET', '/health') : asOwner(scene, 'GET', '/api/v1/system/models'),
      ),
  },
  {
    name: 'closing_connections',
    label: 'requests that are given up at once, 500',
    crowd: 50,
    make: (scene) =>
      times(500, () => ({
        raw: `GET ${LIST}?limit=100 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${scene.owner.token}\r\n\r\n`,
        holdMs: 1,
      })),
  },
  {
    name: 'small_streams',
    label: 'streamed answers, 100 over 50 connections',
    crowd: 50,
    make: (scene) =>
      times(100, (index) => asOwner(scene, 'POST', '/api/v1/chat/stream', { message: `Hello ${index}` })),
  },
  {
    name: 'resumes',
    label: 'a stream that is taken up again, 500 times over 50 connections',
    crowd: 50,
    make: async (scene) => {
      const { body } = await scene.owner.post('/api/v1/chat', { message: 'Hello' });
      return times(500, (index) =>
        asOwner(scene, 'GET', `/api/v1/chat/streams/${body.id}`, undefined, { 'last-event-id': String(index % 3) }),
      );
    },
  },
  crowdAt('/metrics', 30, 2_000),
  crowdAt('/ready/all', 30, 2_000),
  crowdAt('/health/ready', 30, 2_000),
  crowdAt('/openapi.json', 30, 300),
  crowdAt('/docs', 30, 300),
  crowdAt('/errors', 30, 1_000),
  crowdAt('/api/v1/plans', 30, 1_000),
];
