import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Most clients never pipeline; the others send a few requests. */
const MAX_WAITING = 100;

/**
 * Serves the requests of one connection one by one. Node's parser emits all requests of a chunk at once. 64 KiB hold
 * two thousand of them, and no other client would get a turn before the last one has started.
 */
export function oneAfterTheOther(serve: RequestListener): RequestListener {
  const waiting = new WeakMap<Socket, [IncomingMessage, ServerResponse][]>();

  const begin = (socket: Socket, request: IncomingMessage, response: ServerResponse): void => {
    response.once('close', () => {
      const next = waiting.get(socket)?.shift();
      if (!next) waiting.delete(socket);
      // Gives other connections a turn in between.
      else setImmediate(() => (socket.destroyed ? waiting.delete(socket) : begin(socket, ...next)));
    });
    serve(request, response);
  };

  return (request, response) => {
    const { socket } = request;
    const others = waiting.get(socket);
    if (!others) {
      waiting.set(socket, []);
      return begin(socket, request, response);
    }
    if (others.length < MAX_WAITING) others.push([request, response]);
    else socket.destroy();
  };
}
