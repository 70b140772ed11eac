import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { asNobody, asOwner, fields, filled, times, words } from './scene.mjs';

/** @typedef {import('./scene.mjs').Input} Input */

const LOGIN = '/auth/login';
const CONVERSATIONS = '/api/v1/conversations';
const KEYS = '/api/v1/api-keys';
const CHAT = '/api/v1/chat';
const SOMEBODY = { email: 'somebody@example.com', password: 'a long and private sentence' };
const MIB = 1024 * 1024;
/** Space for one text in a body of 1 MiB. */
const MOST = MIB - 2_000;

const combining = filled('\u0301', 300_000);
const deep = (/** @type {number} */ depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const deepObject = (/** @type {number} */ depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const key = { name: 'stall', scopes: ['knowledge:read'] };

/**
 * Email addresses that cause a careless pattern to backtrack.
 *
 * @type {[string, string][]}
 */
const EMAILS = [
  ['a long local part', `${'a'.repeat(500_000)}@example.com`],
  ['dots', `${'a.'.repeat(300_000)}@example.com`],
  ['signs', `${'a@'.repeat(300_000)}example.com`],
  ['a long domain', `a@${'a.'.repeat(300_000)}com`],
  ['quotes', `"${'\\" '.repeat(200_000)}"@example.com`],
  ['dashes', `a@${'a-'.repeat(300_000)}.com`],
  ['angle brackets', `${'<'.repeat(400_000)}a@example.com`],
];

/** @type {Input[]} */
export const bodies = [
  {
    name: 'login_unknown_fields',
    label: 'login with 130,900 unknown fields',
    make: () => [asNobody('POST', LOGIN, { ...SOMEBODY, ...fields(130_900) })],
  },
  {
    name: 'login_fields_in_bounds',
    label: 'login with 990 unknown fields, 20 at once',
    crowd: 20,
    make: () => times(20, () => asNobody('POST', LOGIN, { ...SOMEBODY, ...fields(990) })),
  },
  {
    name: 'metadata_wide',
    label: 'metadata of 130,900 fields',
    make: (scene) => [asOwner(scene, 'POST', CONVERSATIONS, { metadata: fields(130_900) })],
  },
  {
    name: 'metadata_in_bounds',
    label: 'metadata of 9 objects with 990 fields each, 20 at once',
    crowd: 20,
    make: (scene) =>
      times(20, () =>
        asOwner(scene, 'POST', CONVERSATIONS, {
          metadata: Object.fromEntries(words(9).map((word) => [word, fields(990)])),
        }),
      ),
  },
  {
    name: 'metadata_large',
    label: 'metadata of 1 MB in one field, 20 at once',
    crowd: 20,
    make: (scene) => times(20, () => asOwner(scene, 'POST', CONVERSATIONS, { metadata: { text: filled('x', MOST) } })),
  },
  {
    name: 'scopes',
    label: 'a key with 130,000 scopes',
    make: (scene) => [asOwner(scene, 'POST', KEYS, { ...key, scopes: times(130_000, (index) => `s${index % 9_000}`) })],
  },
  {
    name: 'scopes_in_bounds',
    label: 'a key with 9,900 scopes, 10 at once',
    crowd: 10,
    make: (scene) =>
      times(10, () => asOwner(scene, 'POST', KEYS, { ...key, scopes: times(9_900, (index) => `scope-${index}`) })),
  },
  {
    name: 'allowed_ips',
    label: 'a key with 100,000 allowed_ips',
    make: (scene) => [asOwner(scene, 'POST', KEYS, { ...key, allowed_ips: times(100_000, () => '1.2.3.4') })],
  },
  {
    name: 'allowed_ips_odd',
    label: 'a key with 50 allowed_ips of 20,000 characters',
    make: (scene) => [asOwner(scene, 'POST', KEYS, { ...key, allowed_ips: times(50, () => filled('1:', 20_000)) })],
  },
  {
    name: 'mark_read',
    label: 'notifications mark-read with 25,000 ids',
    make: (scene) => [
      asOwner(scene, 'POST', '/api/v1/notifications/mark-read', {
        notification_ids: times(25_000, () => randomUUID()),
      }),
    ],
  },
  {
    name: 'mark_read_in_bounds',
    label: 'notifications mark-read with 9,900 texts, 10 at once',
    crowd: 10,
    make: (scene) =>
      times(10, () =>
        asOwner(scene, 'POST', '/api/v1/notifications/mark-read', {
          notification_ids: times(9_900, () => filled('0-', 90)),
        }),
      ),
  },
  {
    name: 'invitations',
    label: 'an invitation of 25,000 people with 25,000 roles',
    make: (scene) => [
      asOwner(scene, 'POST', '/api/v1/organizations/me/invitations', {
        email: times(25_000, (index) => `p${index}@example.com`),
        role: times(25_000, () => 'member'),
      }),
    ],
  },
  ...['/auth/login', '/auth/register', '/auth/forgot-password'].map((path) => ({
    name: `emails_${path.split('/').at(-1)}`,
    label: `${path} with ${EMAILS.length} odd email addresses of up to 1 MB`,
    make: () =>
      EMAILS.map(([, email]) => asNobody('POST', path, { ...(path.includes('forgot') ? {} : SOMEBODY), email })),
  })),
  {
    name: 'emails_in_bounds',
    label: 'email addresses of 250 characters that invite going back, 50',
    crowd: 10,
    make: () =>
      times(50, (index) => {
        const [, email] = /** @type {[string, string]} */ (EMAILS[index % EMAILS.length]);
        return asNobody('POST', LOGIN, { ...SOMEBODY, email: `${email.slice(0, 125)}${email.slice(-120)}` });
      }),
  },
  {
    name: 'password_long',
    label: 'passwords of 1 MB, 10 at once',
    crowd: 10,
    make: () => times(10, () => asNobody('POST', LOGIN, { ...SOMEBODY, password: filled('x', MOST) })),
  },
  {
    name: 'password_combining',
    label: 'passwords of 300,000 combining marks, 5 at once',
    crowd: 5,
    make: () =>
      times(5, (index) => asNobody('POST', index % 2 ? LOGIN : '/auth/register', { ...SOMEBODY, password: combining })),
  },
  {
    name: 'password_hashes',
    label: 'sign-ins with a wrong password, 64 at once',
    crowd: 64,
    make: () => times(64, (index) => asNobody('POST', LOGIN, { ...SOMEBODY, email: `p${index}@example.com` })),
  },
  {
    name: 'title_combining',
    label: 'titles and names of 300,000 combining marks',
    make: (scene) => [
      asOwner(scene, 'POST', CONVERSATIONS, { title: combining }),
      asOwner(scene, 'POST', '/api/v1/organizations', { name: combining }),
      asOwner(scene, 'PATCH', '/api/v1/users/me', { name: combining }),
      asOwner(scene, 'POST', KEYS, { ...key, name: combining }),
    ],
  },
  {
    name: 'nesting',
    label: 'JSON of 500,000 levels of lists, or 170,000 of objects',
    make: (scene) => [
      asNobody('POST', LOGIN, deep(500_000)),
      asNobody('POST', LOGIN, `{"email":${deep(500_000)}}`),
      asNobody('POST', LOGIN, deepObject(170_000)),
      asOwner(scene, 'POST', CONVERSATIONS, `{"metadata":${deepObject(170_000)}}`),
    ],
  },
  {
    name: 'nesting_in_bounds',
    label: 'JSON of 9,900 nodes in 31 levels, 20 at once',
    crowd: 20,
    make: (scene) =>
      times(20, () =>
        asOwner(scene, 'POST', CONVERSATIONS, `{"metadata":{"a":[${times(330, () => deep(29)).join(',')}]}}`),
      ),
  },
  {
    name: 'numbers',
    label: 'numbers of 1,000,000 digits, and 1e400',
    make: (scene) => [
      asOwner(scene, 'POST', CHAT, `{"message":"x","top_k":${filled('9', MOST)}}`),
      asOwner(scene, 'POST', CHAT, `{"message":"x","top_k":0.${filled('1', MOST)}}`),
      asOwner(scene, 'POST', CHAT, `{"message":"x","temperature":1e400}`),
      asOwner(scene, 'POST', CHAT, `{"message":"x","temperature":1e-${filled('9', MOST)}}`),
      asOwner(scene, 'POST', KEYS, `{"name":"x","scopes":["knowledge:read"],"rate_limit":${filled('1', MOST)}}`),
    ],
  },
  {
    name: 'escapes',
    label: 'JSON of nothing but escapes and white space',
    make: () => [
      asNobody('POST', LOGIN, `{"email":"${filled('\\u0061', MOST)}"}`),
      asNobody('POST', LOGIN, `{"email":"${filled('\\ud83d', MOST)}"}`),
      asNobody('POST', LOGIN, `${filled(' \n\t', MOST)}{}`),
      asNobody('POST', LOGIN, `{"${filled('\\"', MOST)}":1}`),
      asNobody('POST', LOGIN, filled('{"a":', MOST)),
    ],
  },
  {
    name: 'misplaced',
    label: 'JSON with its error after 1 MB of line ends, blanks or letters',
    make: () =>
      [
        filled('\n', 2 * MOST),
        `[${filled('\n', 2 * MOST)}"`,
        `${filled(' ', MOST)}["`,
        `["${filled('a', MOST)}`,
        `["${filled('a', MOST)}" x`,
        `${filled('\n', 2 * MOST)}${'['.repeat(33)}`,
        JSON.stringify(filled('a', MOST)),
      ].map((body) => asNobody('POST', LOGIN, body)),
  },
  {
    name: 'repeated_names',
    label: 'one name 100,000 times, and __proto__',
    make: () => [
      asNobody('POST', LOGIN, `{${times(100_000, () => '"email":1').join(',')}}`),
      asNobody('POST', LOGIN, `{${times(60_000, () => '"__proto__":{}').join(',')}}`),
    ],
  },
  {
    name: 'gzip',
    label: '1 KB of gzip that is 1 MB of JSON, 60 at an address and at none',
    crowd: 20,
    make: () => {
      const body = gzipSync(JSON.stringify({ ...SOMEBODY, text: filled('x', MOST) }));
      return times(60, (index) => ({
        method: 'POST',
        path: index % 2 ? LOGIN : '/nothing/here',
        headers: { 'content-encoding': 'gzip', 'content-type': 'application/json' },
        body,
      }));
    },
  },
  {
    name: 'unknown_addresses',
    label: 'bodies of 1 MB to addresses where nothing is, 60',
    crowd: 20,
    make: () => {
      const body = JSON.stringify({ list: times(130_000, () => 'a') });
      return times(60, (index) => asNobody('POST', `/nothing/${index}`, body));
    },
  },
  {
    name: 'idempotency_body',
    label: 'bodies of 1 MB under an Idempotency-Key, 20 at once',
    crowd: 20,
    make: (scene) => {
      const body = JSON.stringify({ metadata: { list: times(130_000, (index) => index % 10) } });
      return times(20, () => asOwner(scene, 'POST', CONVERSATIONS, body, { 'idempotency-key': randomUUID() }));
    },
  },
];
