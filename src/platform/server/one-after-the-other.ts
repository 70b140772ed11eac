import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Clients that pipeline at all send a few. */
const MAX_WAITING = 100;

/**
 * Serves the requests of one connection one after the other. Node's parser hands out all that arrived in one piece at once: two
 * thousand requests fit into 64 KiB, and nobody else would have a turn before the last of them was begun.
 */
export function oneAfterTheOther(serve: RequestListener): RequestListener {
  const waiting = new WeakMap<Socket, [IncomingMessage, ServerResponse][]>();

  const begin = (socket: Socket, request: IncomingMessage, response: ServerResponse): void => {
    response.once('close', () => {
      const next = waiting.get(socket)?.shift();
      if (!next) waiting.delete(socket);
      // Others have their turn in between.
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
