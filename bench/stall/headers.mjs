import { asNobody, asOwner, filled, times } from './scene.mjs';

/** @typedef {import('./scene.mjs').Input} Input */

/** All headers of a request together are limited to 16 KiB. */
const MOST = 15_000;
const LIST = '/api/v1/conversations';
const LOGIN = '/auth/login';

/** @type {[string, string][]} */
const VALUES = [
  ['authorization', `Bearer ${filled(' ', MOST)}x`],
  ['authorization', `Bearer ${filled('parl_live_sk_', MOST)}`],
  ['authorization', `Bearer ${filled('a.', MOST)}`],
  ['authorization', filled('Bearer ', MOST)],
  ['user-agent', filled('Mozilla/5.0 (', MOST)],
  ['accept', filled('text/a;q=0.1, ', MOST)],
  ['accept', filled('*/*;', MOST)],
  ['accept-encoding', filled('gzip;q=0.1,', MOST)],
  ['accept-language', filled('en;q=0.1,', MOST)],
  ['accept-charset', filled('a,', MOST)],
  ['cookie', filled('a=b; ', MOST)],
  ['x-forwarded-for', filled('1.2.3.4, ', MOST)],
  ['forwarded', filled('for=1;', MOST)],
  ['x-request-id', filled('a', MOST)],
  ['api-version', filled('2026-', MOST)],
  ['idempotency-key', filled('k', MOST)],
  ['if-none-match', filled('"a", ', MOST)],
  ['if-modified-since', filled('Mon, ', MOST)],
  ['range', `bytes=${filled('0-1,', MOST)}`],
  ['last-event-id', filled('9', MOST)],
  ['origin', `http://${filled('a.', MOST)}`],
  ['content-type', `application/json${filled('; a=b', MOST)}`],
  ['content-type', `application/json; charset=${filled('"', MOST)}`],
  ['content-type', filled('a/', MOST)],
];

/** @type {[string, string][]} */
const ADDRESSES = [
  [
    'thousands of parameters',
    `${LIST}?${times(3_700, (index) => `a${index % 10}=`)
      .join('&')
      .slice(0, MOST)}`,
  ],
  ['one parameter again and again', `${LIST}?${filled('cursor=a&', MOST)}`],
  ['nested parameters', `${LIST}?a${filled('[b]', MOST)}=c`],
  ['a list of parameters', `${LIST}?${filled('limit[]=1&', MOST)}`],
  ['percent signs', `${LIST}?cursor=${filled('%25', MOST)}`],
  ['broken percent signs', `${LIST}?cursor=${filled('%', MOST)}`],
  ['a long cursor', `${LIST}?cursor=${filled('A', MOST)}`],
  ['a long time', `${LIST}?since=${filled('2026-01-01T00:00:00.', MOST)}`],
  ['a long number', `${LIST}?limit=${filled('9', MOST)}`],
  ['a long status', `/api/v1/request-logs?status=${filled('4xx', MOST)}`],
  ['a long route', `/api/v1/request-logs?route=${filled('/a', MOST)}`],
  ['a long query', `/api/v1/knowledge/search?q=${filled('a+', MOST)}`],
  ['a collection', `/api/v1/knowledge?collection=${filled('a-', MOST)}`],
  ['slashes', filled('/', MOST)],
  ['many parts', filled('/a', MOST)],
  ['many parts under a route', `${LIST}${filled('/a', MOST)}`],
  ['a long id', `${LIST}/${filled('0-', MOST)}`],
  ['dots', filled('/..', MOST)],
  ['encoded slashes', `/${filled('%2f', MOST)}`],
  ['a long error', `/errors/${filled('a-', MOST)}`],
  ['a long document', `/docs/${filled('a/', MOST)}`],
];

const LINES = times(3_000, (index) => `x-${index}: a\r\n`).join('');

/** @type {Input[]} */
export const headers = [
  {
    name: 'header_values',
    label: `${VALUES.length} odd header values of 15 KB, each 5 times`,
    crowd: 5,
    make: (scene) =>
      times(5 * VALUES.length, (index) => {
        const [name, value] = /** @type {[string, string]} */ (VALUES[index % VALUES.length]);
        return name === 'content-type'
          ? asNobody('POST', LOGIN, '{}', { [name]: value })
          : asOwner(scene, 'GET', LIST, undefined, { [name]: value });
      }),
  },
  {
    name: 'many_headers',
    label: 'thousands of headers, as many as fit and many more',
    crowd: 10,
    make: () =>
      times(40, (index) => ({
        raw: `GET ${LIST} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${LINES.slice(0, index % 2 ? undefined : 15_996)}\r\n\r\n`,
      })),
  },
  {
    name: 'addresses',
    label: `${ADDRESSES.length} odd addresses of 15 KB, each 5 times`,
    crowd: 5,
    make: (scene) =>
      times(5 * ADDRESSES.length, (index) => {
        const [, path] = /** @type {[string, string]} */ (ADDRESSES[index % ADDRESSES.length]);
        return asOwner(scene, 'GET', path);
      }),
  },
  {
    name: 'methods',
    label: 'odd methods, versions and request lines',
    crowd: 10,
    make: () =>
      times(60, (index) => ({
        raw: [
          `${filled('A', 15_000)} / HTTP/1.1\r\n\r\n`,
          `GET / HTTP/${filled('1.', 15_000)}\r\n\r\n`,
          `OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
          `GET ${filled('http://a', 15_000)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
        ][index % 4],
      })).map(({ raw = '' }) => ({ raw, holdMs: 1_000 })),
  },
];
