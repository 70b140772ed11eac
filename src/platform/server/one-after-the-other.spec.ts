import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { oneAfterTheOther } from './one-after-the-other.js';

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

interface Served {
  socket: Socket;
  /** Paths of the requests that were started. */
  begun: string[];
  open: ServerResponse[];
}

/** Sends all requests in one write. The test sends the responses. */
async function send(count: number): Promise<Served> {
  const [begun, open]: [string[], ServerResponse[]] = [[], []];
  server = createServer(
    oneAfterTheOther((request, response) => {
      begun.push(request.url as string);
      open.push(response);
    }),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  const requests = Array.from({ length: count }, (_, index) => `GET /${index} HTTP/1.1\r\nHost: a\r\n\r\n`);
  socket.write(requests.join(''));
  await once(server, 'request');
  return { socket, begun, open };
}

const answered = async (response: ServerResponse): Promise<void> => {
  response.end('done');
  await once(response, 'close');
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
};

describe('requests in one write', () => {
  it('are started one after the other, in order', async () => {
    const { begun, open, socket } = await send(5);
    for (let count = 1; count <= 5; count += 1) {
      expect(begun).toEqual(['/0', '/1', '/2', '/3', '/4'].slice(0, count));
      await answered(open[count - 1] as ServerResponse);
    }
    socket.write('GET /later HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(server, 'request');
    expect(begun.at(-1)).toBe('/later');
  });

  it('are refused with their connection if there are too many', async () => {
    const { begun, socket } = await send(2_000);
    socket.resume();
    await once(socket, 'close');
    expect(begun).toEqual(['/0']);
  });

  it('are dropped when their connection ends', async () => {
    const { begun, open, socket } = await send(5);
    const closed = once(open[0] as ServerResponse, 'close');
    socket.destroy();
    await closed;
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(begun).toEqual(['/0']);
  });
});
