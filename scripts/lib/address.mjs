import { createServer } from 'node:net';
import { Failure } from './failure.mjs';

/** @typedef {{ host: string, port: number }} Address */

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Address}
 */
export function addressFrom(env) {
  const port = Number(env.PORT || 3000);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new Failure(`PORT must be a number from 0 to 65535, and is "${env.PORT}".`);
  }
  return { host: env.HOST || '127.0.0.1', port };
}

/** @param {Address} address */
export async function assertFree({ host, port }) {
  /** @type {string | undefined} */
  const code = await new Promise((resolve) => {
    const server = createServer();
    server.on('error', (/** @type {NodeJS.ErrnoException} */ error) => resolve(error.code));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
  if (!code) return;
  const other = port < 65535 ? port + 1 : port - 1;
  const sentences = /** @type {Record<string, string>} */ ({
    EADDRINUSE: `Port ${port} on ${host} is in use. Choose another one: PORT=${other} npm start.`,
    EACCES: `Port ${port} is reserved for root. Choose one above 1023, such as PORT=3000 npm start.`,
    EADDRNOTAVAIL: `HOST=${host} is not an address of this machine.`,
    ENOTFOUND: `HOST=${host} is not a known name.`,
  });
  throw new Failure(sentences[code] ?? `The server cannot listen on ${host}, port ${port} (${code}).`);
}
