import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { Tokens } from '../../src/identity/sessions/index.js';
import { Database } from '../../src/platform/database/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { Answer, TestClient } from '../harness/client.js';
import { register, type Account } from '../harness/fixtures.js';
import { Callers } from './callers.js';
import { expectAnyProblem, inBatches, NO_ID, operations, validBody, type Operation } from './support.js';

let app: TestApp;
let account: Account;
let conversationId: string;
let messageId: string;
let knowledgeId: string;
beforeAll(async () => {
  app = await startApp({ WORKER_INLINE: 'false' });
  account = await register(app.client);
  await app.database.query('UPDATE users SET is_superuser = true WHERE id = $1', [account.userId]);
  const make = async (path: string, body: object): Promise<string> =>
    (await account.session.post<{ id: string }>(path, body)).body.id;
  conversationId = await make('/api/v1/conversations', {});
  messageId = await make(`/api/v1/conversations/${conversationId}/messages`, { content: 'Hello' });
  knowledgeId = await make('/api/v1/knowledge', { title: 'Title', content: 'Some text.' });
});
afterAll(() => app.close());

/** One spoiled call: what is sent in place of a good one, and with which status it may be refused (any 4xx otherwise). */
interface Case {
  name: string;
  body?: string | Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
  query?: string;
  path?: string;
  refusedWith?: number[];
}

const all = operations();
const rows = (chosen: Operation[]) => chosen.map((operation) => [operation.method, operation.path, operation] as const);
const withBody = all.filter(({ body }) => body);
const withoutBody = all.filter(({ method, body }) => !body && method !== 'GET');

/** The address of something real, so that a call comes as far as it can; what DELETE would take away is left alone. */
function addressOf({ method, path }: Operation): string {
  const ids: Record<string, string> =
    method === 'DELETE' || path.includes('/streams/') || path.includes('/api-keys/')
      ? {}
      : { id: path.includes('/knowledge/') ? knowledgeId : conversationId, messageId, slug: 'not-found' };
  return path.replace(/\{(\w+)\}/g, (_match, name: string) => ids[name] ?? NO_ID);
}

/** A caller who may do everything. The end of a session or of an organization must not end all that follows. */
async function callerOf(operation: Operation): Promise<TestClient> {
  if (operation.id === 'Organizations_delete') return (await new Callers(app).person()).client;
  if (operation.id !== 'Sessions_logout') return account.session;
  const sid = uuidv7();
  const database = app.nest.get(Database);
  await database.asPlatform(() =>
    database.execute(
      `INSERT INTO sessions (id, organization_id, user_id, ip, expires_at) VALUES ($1, $2, $3, '127.0.0.1', now() + interval '1 hour')`,
      [sid, account.organizationId, account.userId],
    ),
  );
  const token = await app.nest.get(Tokens, { strict: false }).signAccessToken({ sub: account.userId, sid });
  return app.client.as(token);
}

async function send(operation: Operation, { name, body, headers, query, path, refusedWith }: Case): Promise<void> {
  const caller = await callerOf(operation);
  const address = (path ?? addressOf(operation)) + (query ?? '');
  let answer: Answer<unknown>;
  try {
    answer = await caller.call(operation.method, address, { body, ...(headers && { headers }) });
  } catch (error) {
    throw new Error(`${name}: ${String((error as Error).cause ?? error)}`, { cause: error });
  }
  const seen = `${name} -> ${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`;
  if (answer.status >= 500 || (refusedWith && !refusedWith.includes(answer.status))) {
    throw new Error(`${seen}, expected ${refusedWith?.join(' or ') ?? 'a success or a 4xx'}`);
  }
  if (answer.status >= 400) expectAnyProblem(answer);
  // A stream answers 200 before anything can go wrong in it.
  if (typeof answer.body === 'string') expect(answer.body).not.toMatch(/"status":5\d\d/);
  expect(answer.headers.get('x-request-id')).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
}

/** A good body for a call that is spoiled elsewhere; a registration with it ends before its password is hashed. */
function plainBody(operation: Operation): Pick<Case, 'body'> {
  const body = validBody(operation);
  if (operation.id === 'Sessions_register') Object.assign(body ?? {}, { subscription_plan: 'basic' });
  return body ? { body: JSON.stringify(body) } : {};
}

const bytes = (...parts: (string | number[])[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as string))));
const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + '1' + close.repeat(depth);

const UNREADABLE: Case[] = [
  ...['{', '{"a":}', '{"a":1}}', '{"a":1,}', "{'a':1}", '[1,2', '{"a" 1}', '{a:1}', '{"a":"\u0001"}', '{"a":"\n"}'],
  ...[
    '\0',
    '{}\0',
    '{"a":\0}',
    '{"a":01}',
    '{"a":NaN}',
    '{"a":undefined}',
    '{"\\ud800',
    '{"a":"\\x"}',
    '// {}',
    '<a/>',
  ],
  ...['a=1&b=2', '{"a":"\\u00"}', '{}{}', '{"a":1e}', '\ufeff\ufeff{}'],
].map((body) => ({ name: `malformed JSON ${JSON.stringify(body)}`, body, refusedWith: [400] }));

const NOT_UTF8: Case[] = [
  ['a lone continuation byte', [0x80]],
  ['an overlong slash', [0xc0, 0xaf]],
  ['a truncated sequence', [0xe2, 0x82]],
  ['a surrogate half in UTF-8', [0xed, 0xa0, 0x80]],
  ['beyond Unicode', [0xf5, 0x80, 0x80, 0x80]],
  ['Latin-1', [0xe9]],
].map(([what, sequence]) => ({
  name: `invalid UTF-8: ${what as string}`,
  body: bytes('{"title":"a', sequence as number[], 'b"}'),
  refusedWith: [400],
}));

const NO_OBJECTS: Case[] = ['[]', '[{}]', '"text"', 'null', '0', '-1.5', 'true', '1e999', '[[]]', '""'].map((body) => ({
  name: `not an object: ${body}`,
  body,
  refusedWith: [400, 422],
}));

const TYPES: Case[] = [
  ...[
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'garbage',
  ],
  ...['application/jsonp', 'application/json+garbage', '*/*', 'application/json; charset=utf-7', 'text/json'],
].map((type) => ({ name: `content type ${type}`, body: '{}', headers: { 'content-type': type }, refusedWith: [415] }));

const compressed = (body: Buffer): Uint8Array<ArrayBuffer> => new Uint8Array(body);
const ENCODINGS: Case[] = [
  { name: 'unknown content encoding', encoding: 'rot13', body: '{}' },
  { name: 'two content encodings', encoding: 'gzip, gzip', body: '{}' },
  { name: 'gzip that is none', encoding: 'gzip', body: '{}' },
  { name: 'honest gzip', encoding: 'GZIP', body: compressed(gzipSync('{}')) },
  { name: 'honest deflate', encoding: 'deflate', body: compressed(deflateSync('{}')) },
  { name: 'honest brotli', encoding: 'br', body: compressed(brotliCompressSync('{}')) },
  { name: 'a gzip bomb', encoding: 'gzip', body: compressed(gzipSync(`"${'x'.repeat(5e6)}"`)) },
].map(({ name, encoding, body }) => ({ name, body, headers: { 'content-encoding': encoding }, refusedWith: [415] }));

const BIG: Case[] = [
  { name: 'a body of 2 MiB', body: JSON.stringify({ title: 'x'.repeat(2 * 1024 * 1024) }), refusedWith: [413] },
  { name: '2 MiB that are no JSON', body: 'x'.repeat(2 * 1024 * 1024), refusedWith: [413] },
];

/** Fields that no operation knows, or that are no honest fields. */
const fieldCases = (valid: object): Case[] => {
  const withRaw = (text: string): string =>
    `${JSON.stringify(valid).replace(/\}$/, '')}${Object.keys(valid).length > 0 ? ',' : ''}${text}}`;
  const refused: [string, string][] = [
    ['an unknown field', '"unknown_field":1'],
    ['__proto__', '"__proto__":{"admin":true}'],
    ['constructor', '"constructor":{"prototype":{"admin":true}}'],
    ['prototype', '"prototype":1'],
    ['toString', '"toString":1'],
    ['hasOwnProperty', '"hasOwnProperty":1'],
    ['an empty name', '"":1'],
    ['NUL in a name', '"a\\u0000b":1'],
    ['half a surrogate pair in a name', '"\\ud800":1'],
    ['NUL in a value', '"unknown_field":"a\\u0000b"'],
    ['10,000 levels of arrays', `"metadata":${nested(10_000, '[', ']')}`],
    ['10,000 levels of objects', `"metadata":${nested(10_000, '{"a":', '}')}`],
    ['100 levels of objects', `"metadata":${nested(100, '{"a":', '}')}`],
    ['5,000 unknown fields', Array.from({ length: 5000 }, (_, n) => `"field_${n}":${n}`).join()],
    ['a name of 100 KB', `"${'n'.repeat(100_000)}":1`],
  ];
  return refused.map(([name, text]) => ({ name, body: withRaw(text), refusedWith: [422] }));
};

/** JSON values that hardly any field takes. */
const ODD_VALUES = [
  ...[
    'null',
    'true',
    '0',
    '-1',
    '1.5',
    '1e308',
    '1e999',
    '-1e999',
    '123456789012345678901234567890',
    '""',
    '" "',
    '[]',
  ],
  ...[
    '{}',
    '[null]',
    '[[]]',
    '[{}]',
    '{"a":1}',
    '{"length":1}',
    '{"toString":1}',
    '"\\u0000"',
    '"a\\u0000b"',
    '["\\u0000"]',
  ],
  ...[
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '["\\udfff"]',
    '{"a":"\\ud800"}',
    '{"\\u0000":1}',
    '"null"',
    '"undefined"',
    '"NaN"',
  ],
  ...[
    '"1"',
    '"true"',
    '"\\u202e"',
    '"\\uffff"',
    '"2030-W10"',
    '"9999-99-99"',
    '"-infinity"',
    '"\'; DROP TABLE users; --"',
  ],
  ...['"../../etc/passwd"', '"%00"', '"${7*7}"', '"\\\\u0000"'],
  ...[`"${NO_ID}"`, `["${NO_ID}"]`],
];

/** Large ones, for one field of each operation. */
const HUGE_VALUES = [
  ...[`"${'x'.repeat(100_000)}"`, `"${'😀'.repeat(20_000)}"`, `[${'1,'.repeat(20_000)}1]`],
  ...[nested(10_000, '[', ']'), nested(10_000, '{"a":', '}')],
];

const valueCases = (valid: Record<string, unknown>, fields: string[]): Case[] =>
  fields.flatMap((field, index) =>
    [...ODD_VALUES, ...(index === 0 ? HUGE_VALUES : [])].map((value) => {
      const others = Object.entries(valid).filter(([name]) => name !== field);
      const text = [
        ...others.map(([name, other]) => `"${name}":${JSON.stringify(other)}`),
        `"${field}":${value}`,
      ].join();
      return { name: `${field}: ${value.slice(0, 40)}`, body: `{${text}}` };
    }),
  );

const ODD_PARAMETERS = [
  ...[
    '',
    '%20',
    '%00',
    'a%00b',
    '%zz',
    '%',
    '%c3%28',
    '%ff',
    '%F0%9F%98%80',
    '0',
    '-1',
    '101',
    '1.5',
    '1e400',
    '0x10',
    '١',
  ],
  ...[
    '999999999999999999999999',
    'NaN',
    'Infinity',
    'null',
    'undefined',
    '[]',
    '{}',
    'true',
    '__proto__',
    "'",
    '%27%20OR%201=1',
  ],
  ...['2030-W10', '0000-01-01', '99999-01-01', '-infinity', 'x'.repeat(5000), '%E2%80%AE', '..%2f..', NO_ID],
];

const queryCases = ({ queryParameters, path }: Operation): Case[] =>
  [
    ...['?', '?=', '?=1', '?&&&', '?a', '?%00=1', '?%zz=1', '?a=%c3%28', '?a=%', '?__proto__=1', '?__proto__[a]=1'],
    ...[
      '?constructor=1',
      '?constructor[prototype][a]=1',
      '?toString=1',
      '?hasOwnProperty=1',
      '?access_token=x',
      '?unknown=1',
    ],
    ...[
      '?[]=1',
      '?a[b][c][d][e][f][g][h]=1',
      `?${'a=1&'.repeat(1500)}`,
      `?${'x'.repeat(6000)}`,
      '?q=%ed%a0%80',
      '?a=1;b=2',
    ],
    ...queryParameters.flatMap((name) => [
      ...ODD_PARAMETERS.map((value) => `?${name}=${value}`),
      ...[
        `?${name}`,
        `?${name}=1&${name}=2`,
        `?${name}[]=1`,
        `?${name}[a]=1`,
        `?${name}[0]=1`,
        `?${name}[__proto__]=1`,
      ],
    ]),
  ].map((query) => ({ name: `${path}${query}`.slice(0, 120), query }));

const HEADERS: Case[] = [
  ['x-anything', 'x'.repeat(10_000)],
  ['x-request-id', 'x'.repeat(10_000)],
  ['user-agent', 'x'.repeat(10_000)],
  ['user-agent', 'caf\u00e9 \u00ff'],
  ['cookie', 'x'.repeat(10_000)],
  ['accept', 'garbage;;;q=x,'],
  ['accept', 'x'.repeat(10_000)],
  ['accept-language', 'x-'.repeat(5000)],
  ['accept-encoding', 'garbage'],
  ['if-none-match', '*'],
  ['range', 'bytes=9-1'],
  ['last-event-id', 'x'],
  ['last-event-id', '-1'],
  ['last-event-id', '9'.repeat(30)],
  ['last-event-id', '1.end.end'],
  ['x-forwarded-for', 'garbage, ::::, 999.999.999.999'],
  ['origin', 'null'],
  ['idempotency-key', 'x'.repeat(10_000)],
  ['api-version', 'yesterday'],
].map(([name, value]) => ({
  name: `${name}: ${value?.slice(0, 40)}`,
  headers: { [name as string]: value as string },
}));

describe('a spoiled body', () => {
  it.each(rows(withBody))('%s %s', async (_method, _path, operation) => {
    const valid = validBody(operation) ?? {};
    await inBatches(
      [
        ...UNREADABLE,
        ...NOT_UTF8,
        ...NO_OBJECTS,
        ...TYPES,
        ...ENCODINGS,
        ...BIG,
        ...fieldCases(valid),
        { name: 'no body' },
        { name: 'an empty body', body: '' },
        { name: 'an empty body of another type', body: '', headers: { 'content-type': 'text/plain' } },
        { name: 'a blank', body: ' ' },
        { name: 'UTF-16', body: new Uint8Array(Buffer.from('{}', 'utf16le')), refusedWith: [400] },
      ],
      (case_) => send(operation, case_),
    );
  });
});

describe('a field of the wrong kind', () => {
  it.each(rows(withBody))('%s %s', async (_method, _path, operation) => {
    await inBatches(valueCases(validBody(operation) ?? {}, Object.keys(operation.body ?? {})), (case_) =>
      send(operation, case_),
    );
  });
});

describe('a body where none belongs', () => {
  it.each(rows(withoutBody))('%s %s', async (_method, _path, operation) => {
    await inBatches([...UNREADABLE, ...NOT_UTF8, ...TYPES, ...ENCODINGS, ...BIG], (case_) => send(operation, case_));
    await inBatches(
      [...NO_OBJECTS, ...fieldCases({})].map(({ refusedWith: _any, ...case_ }) => case_),
      (case_) => send(operation, case_),
    );
  });
});

describe('a spoiled query', () => {
  it.each(rows(all))('%s %s', async (_method, _path, operation) => {
    const body = plainBody(operation);
    await inBatches(queryCases(operation), (case_) => send(operation, { ...case_, ...body }));
  });
});

describe('a spoiled path', () => {
  const ids = [
    ...[
      '%00',
      'a%00b',
      '%zz',
      '%',
      '%c3%28',
      '%ff',
      '%ed%a0%80',
      '%2e%2e%2f',
      '..%2f..%2fetc',
      '..%5c',
      '%5c',
      '%20',
      '%0d%0a',
    ],
    ...[
      '0',
      '-1',
      '1e9',
      'null',
      'undefined',
      'NaN',
      '__proto__',
      'constructor',
      "'%20OR%201=1--",
      '*',
      '%25',
      '%7Bid%7D',
      ':id',
    ],
    ...[
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
      `${NO_ID}0`,
      `{${NO_ID}}`,
      `urn:uuid:${NO_ID}`,
    ],
    ...[NO_ID.replaceAll('-', ''), '%F0%9F%98%80', 'x'.repeat(4000), `${NO_ID}%00`, ';', '%3Cscript%3E'],
  ];
  it.each(rows(all.filter(({ pathParameters }) => pathParameters.length > 0)))('%s %s', async (_m, _p, operation) => {
    const body = plainBody(operation);
    const cases = operation.pathParameters.flatMap((name) =>
      ids.map((id) => ({
        name: `${name} = ${id.slice(0, 60)}`,
        path: addressOf({ ...operation, path: operation.path.replace(`{${name}}`, id) }),
        ...body,
        refusedWith: [400, 404, 422],
      })),
    );
    await inBatches(cases, (case_) => send(operation, case_));
  });
});

describe('odd headers', () => {
  it.each(rows(all))('%s %s', async (_method, _path, operation) => {
    const body = plainBody(operation);
    await inBatches(HEADERS, (case_) => send(operation, { ...case_, ...body }));
  });
});

/** Addresses of operations that browsers open as pages. */
const PAGES = ['/auth/reset-password', '/auth/verify-email'];

describe('a method that a path does not know', () => {
  const paths = [...new Set(all.map(({ path }) => path))];
  it.each(paths)('%s', async (path) => {
    const known = all.filter((operation) => operation.path === path);
    const unknown = [
      ...(PAGES.includes(path) ? [] : ['GET']),
      'POST',
      'PUT',
      'PATCH',
      'DELETE',
      'PROPFIND',
      'LOCK',
      'M-SEARCH',
    ].filter((method) => !known.some((operation) => operation.method === method));
    await inBatches(unknown, async (method) => {
      // `GET /chat/stream` and the like fall to a neighbouring route with a parameter.
      const case_ = { name: method, refusedWith: [400, 404, 405, 422], ...(method !== 'GET' && { body: '{}' }) };
      const operation = { ...(known[0] as Operation), method };
      if (!all.some((other) => other.method === method && matches(other.path, path))) await send(operation, case_);
    });
  });
});

/** Whether a template with parameters takes this path too. */
const matches = (template: string, path: string): boolean =>
  new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path);
