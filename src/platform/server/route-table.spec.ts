import { once } from 'node:events';
import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import express, { type Express, type Request, type RequestHandler } from 'express';
import { RouteTable } from './route-table.js';

const ROUTES = [
  ['GET', '/'],
  ['GET', '/keys/current'],
  ['GET', '/keys/:id'],
  ['DELETE', '/keys/:id'],
  ['POST', '/keys/:id/rotate'],
  ['GET', '/teams/:team/members/:member_id'],
  ['GET', '/files/{*path}'],
  ['POST', '/{*unmatched}'],
] as const;

const ADDRESSES = [
  ...[
    '/',
    '//',
    '',
    '/keys',
    '/keys/',
    '/keys/current',
    '/keys/current/',
    '/KEYS/Current',
    '/keys/CURRENT?x=1',
    '/keys/abc',
  ],
  ...[
    '/keys/AbC',
    '/keys/abc/',
    '/keys/abc//',
    '/keys//',
    '//keys/abc',
    '/keys/a.b~c-d_e',
    '/keys/%61bc',
    '/%6Beys/abc',
    '/keys/a%2Fb',
  ],
  ...[
    '/keys/%',
    '/keys/%E0%A4%A',
    '/keys/a%00b',
    '/keys/a;b',
    '/keys/a;b=1?c=2',
    '/keys/a+b',
    '/keys/é',
    '/keys/abc?',
    '/keys/abc?a=%',
  ],
  ...[
    '/keys/abc#part',
    `/keys/${'a'.repeat(500)}`,
    '/keys/abc/rotate',
    '/keys/current/rotate',
    '/keys/abc/rotate/more',
    '/keys/:id',
  ],
  ...[
    '/teams/1/members/2',
    '/teams/1/members',
    '/teams//members/2',
    '/files/a/b',
    '/files/',
    '/nothing/here',
    '/keys/./abc',
    '/keys/../abc',
  ],
];

let servers: [Server, Server];
let found: string[];
beforeAll(async () => {
  found = [];
  servers = [listening(expressWith()), listening(expressWith(new RouteTable()))];
  await Promise.all(servers.map((server) => once(server, 'listening')));
});
afterAll(() => servers.forEach((server) => server.close()));

const listening = (app: Express): Server => app.listen(0, '127.0.0.1');

/** The routes in Express, and in the table before it if there is one. */
function expressWith(table?: RouteTable): Express {
  const app = express().disable('x-powered-by').disable('etag').set('env', 'test');
  if (table) app.use(table.middleware);
  for (const [method, path] of ROUTES) {
    const handler =
      (by: string): RequestHandler =>
      (request: Request, response) => {
        if (by === 'table') found.push(request.url);
        const { path: pattern } = request.route as { path: string };
        response.json({ method, pattern, params: { ...request.params }, query: request.query });
      };
    table?.add(method, path, handler('table'));
    app[method.toLowerCase() as 'get'](path, handler('express'));
  }
  return app;
}

async function ask(server: Server, method: string, path: string): Promise<unknown> {
  const { port } = server.address() as AddressInfo;
  // `fetch` would normalize the address.
  const sent = request({
    port,
    host: '127.0.0.1',
    method,
    path: encodeURI(path) === path ? path : Buffer.from(path).toString('latin1'),
  }).end();
  const [response] = (await once(sent, 'response')) as [
    Parameters<typeof text>[0] & { statusCode: number; headers: object },
  ];
  const headers = { ...response.headers, date: undefined };
  const body = await text(response);
  // The error page contains the stack.
  return response.statusCode === 400 ? { status: 400 } : { status: response.statusCode, headers, body };
}

it.each(['GET', 'HEAD', 'POST', 'DELETE', 'PUT', 'OPTIONS'])(
  'routes %s requests in the same way as Express alone',
  async (method) => {
    for (const path of ADDRESSES) {
      const [alone, withTable] = await Promise.all(servers.map((server) => ask(server, method, path)));
      expect({ path, ...(withTable as object) }).toEqual({ path, ...(alone as object) });
    }
  },
);

it('finds plain paths without Express', () => {
  expect(found).toEqual(expect.arrayContaining(['/keys/current', '/KEYS/Current', '/keys/AbC', '/teams/1/members/2']));
  expect(found).not.toEqual(expect.arrayContaining([expect.stringContaining('%61')]));
});
