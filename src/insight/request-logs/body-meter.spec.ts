import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { meterBody } from './body-meter.js';

const SIZE = 300_000;
const BODY = 'é'.repeat(SIZE / 2);

/** The metered bytes after the response to this raw request. */
async function metered(request: string, read: (request: IncomingMessage) => Promise<unknown>): Promise<number> {
  const server = createServer();
  const shown = new Promise<number>((resolve) => {
    server.on('request', (request: IncomingMessage, response) => {
      const meter = meterBody(request);
      response.once('close', () => resolve(meter.bytes));
      void read(request).finally(() => response.end('done'));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(request);
  try {
    return await shown;
  } finally {
    socket.destroy();
    server.closeAllConnections();
    server.close();
  }
}

const HEAD = 'POST / HTTP/1.1\r\nHost: x\r\n';
const WITH_LENGTH = `${HEAD}Content-Length: ${SIZE}\r\n\r\n${BODY}`;
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n${SIZE.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;

const readers: [string, (request: IncomingMessage) => Promise<unknown>][] = [
  [
    'by a listener',
    (request) =>
      once(
        request.on('data', () => undefined),
        'end',
      ),
  ],
  [
    'piece by piece',
    async (request) => {
      for await (const _piece of request);
    },
  ],
  ['by a pipe', (request) => text(request.pipe(new PassThrough()))],
  ['as text', (request) => text(request.setEncoding('utf8'))],
];

it.each(readers)('counts each byte once if the body is read %s', async (_name, read) => {
  expect(await metered(WITH_LENGTH, read)).toBe(SIZE);
  expect(await metered(CHUNKED, read)).toBe(SIZE);
});

it('counts nothing of an unread body, whatever was declared and sent', async () => {
  const ignore = async (): Promise<void> => undefined;
  expect(await metered(WITH_LENGTH, ignore)).toBe(0);
  expect(await metered(CHUNKED, ignore)).toBe(0);
  expect(await metered(`${HEAD}Content-Length: 3000000000\r\n\r\nbeginning`, ignore)).toBe(0);
  expect(await metered(`${HEAD}\r\n`, ignore)).toBe(0);
});

it('counts the bytes read before the reader stopped', async () => {
  const readSome = async (request: IncomingMessage): Promise<void> => {
    await new Promise<void>((resolve) =>
      request.once('end', resolve).on('readable', () => {
        request.read(1_000);
        request.removeAllListeners('readable');
        resolve();
      }),
    );
  };
  expect(await metered(WITH_LENGTH, readSome)).toBe(1_000);
});
