import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { Spoiler, rows, type Case } from '../harness/spoiler.js';
import { concurrently } from '../harness/concurrently.js';
import { NO_ID } from '../harness/expectations.js';
import { operations, validBody } from '../harness/operations.js';

let spoiler: Spoiler;
beforeAll(async () => {
  spoiler = await Spoiler.start();
});
afterAll(() => spoiler.close());

const all = operations();
const withBody = all.filter(({ body }) => body);
/** A file may contain anything. */
const withoutBody = all.filter(({ method, body, file }) => !body && file === undefined && method !== 'GET');

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

/** Fields that no operation has, or that are not ordinary fields. */
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

/** JSON values that hardly any field accepts. */
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

/** Large values, for one field of each operation. */
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

describe('a spoiled body', () => {
  it.each(rows(withBody))('%s %s', async (_method, _path, operation) => {
    const valid = validBody(operation) ?? {};
    await concurrently(
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
      (case_) => spoiler.send(operation, case_),
    );
  });
});

describe('a field of the wrong type', () => {
  it.each(rows(withBody))('%s %s', async (_method, _path, operation) => {
    await concurrently(valueCases(validBody(operation) ?? {}, Object.keys(operation.body ?? {})), (case_) =>
      spoiler.send(operation, case_),
    );
  });
});

describe('an unexpected body', () => {
  it.each(rows(withoutBody))('%s %s', async (_method, _path, operation) => {
    await concurrently([...UNREADABLE, ...NOT_UTF8, ...TYPES, ...ENCODINGS, ...BIG], (case_) =>
      spoiler.send(operation, case_),
    );
    await concurrently(
      [...NO_OBJECTS, ...fieldCases({})].map(({ refusedWith: _any, ...case_ }) => case_),
      (case_) => spoiler.send(operation, case_),
    );
  });
});
