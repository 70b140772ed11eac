import { afterAll, beforeAll, describe, it } from 'vitest';
import { Spoiler, rows, type Case } from '../harness/spoiler.js';
import { concurrently } from '../harness/concurrently.js';
import { NO_ID } from '../harness/expectations.js';
import { operations, validBody, type Operation } from '../harness/operations.js';

let spoiler: Spoiler;
beforeAll(async () => {
  spoiler = await Spoiler.start();
});
afterAll(() => spoiler.close());

const all = operations();

/** A valid body for a call that is spoiled elsewhere; a registration with it fails before its password is hashed. */
function plainBody(operation: Operation): Pick<Case, 'body'> {
  const body = validBody(operation);
  if (operation.id === 'accounts.register') Object.assign(body ?? {}, { subscription_plan: 'basic' });
  return body ? { body: JSON.stringify(body) } : {};
}

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

describe('a spoiled query', () => {
  it.each(rows(all))('%s %s', async (_method, _path, operation) => {
    const body = plainBody(operation);
    await concurrently(queryCases(operation), (case_) => spoiler.send(operation, { ...case_, ...body }));
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
        path: spoiler.addressOf({ ...operation, path: operation.path.replace(`{${name}}`, id) }),
        ...body,
        refusedWith: [400, 404, 422],
      })),
    );
    await concurrently(cases, (case_) => spoiler.send(operation, case_));
  });
});

describe('odd headers', () => {
  it.each(rows(all))('%s %s', async (_method, _path, operation) => {
    const body = plainBody(operation);
    await concurrently(HEADERS, (case_) => spoiler.send(operation, { ...case_, ...body }));
  });
});

/** Addresses of operations that browsers open as pages. */
const PAGES = ['/auth/reset-password', '/auth/verify-email'];

describe('a method that a path does not support', () => {
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
    await concurrently(unknown, async (method) => {
      // `GET /chat/stream` and similar match a neighboring route with a parameter.
      const case_ = { name: method, refusedWith: [400, 404, 405, 422], ...(method !== 'GET' && { body: '{}' }) };
      const operation = { ...(known[0] as Operation), method };
      if (!all.some((other) => other.method === method && matches(other.path, path)))
        await spoiler.send(operation, case_);
    });
  });
});

/** Whether a template with parameters matches this path too. */
const matches = (template: string, path: string): boolean =>
  new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path);
