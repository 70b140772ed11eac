import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { peerOf } from '../http/index.js';

/**
 * Closes new connections above a limit at once, because each uses memory before it sends a byte.
 * @param total limit for all callers together
 * @param perAddress limit per address, 0 for none: behind a proxy, all connections are the proxy's
 */
export function limitConnections(server: Server, { total, perAddress }: { total: number; perAddress: number }): void {
  server.maxConnections = total;
  if (perAddress === 0) return;
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const address = peerOf(socket);
    const count = (open.get(address) ?? 0) + 1;
    if (count > perAddress) {
      socket.destroy();
      return;
    }
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) as number) - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
  });
}
