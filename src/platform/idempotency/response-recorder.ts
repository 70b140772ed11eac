import type { Response } from 'express';
import type { Answer } from './idempotency.js';

/** Headers that belong to the answer and not to the exchange. */
const KEPT_HEADERS = ['content-type', 'content-location', 'location', 'cache-control', 'x-accel-buffering'];

export function keptHeaders(response: Response): Record<string, string> {
  return Object.fromEntries(
    KEPT_HEADERS.filter((name) => response.hasHeader(name)).map((name) => [name, String(response.getHeader(name))]),
  );
}

/**
 * Collects every byte of an answer that a handler writes by itself, and holds its end back until it is stored: what a client
 * has seen whole can be given again.
 * @returns a promise of the end: it resolves once the answer is stored and sent
 */
export function recordAnswer(response: Response, store: (answer: Answer) => Promise<void>): Promise<void> {
  const chunks: Buffer[] = [];
  const collect = (chunk: unknown, encoding?: unknown): void => {
    if (typeof chunk === 'string')
      chunks.push(Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8'));
    else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  const { write, end } = response;
  response.write = ((chunk: unknown, ...rest: unknown[]) => {
    collect(chunk, rest[0]);
    return (write as (...args: unknown[]) => boolean).call(response, chunk, ...rest);
  }) as typeof write;
  return new Promise((resolve, reject) => {
    response.once('close', resolve);
    response.end = ((chunk: unknown, ...rest: unknown[]) => {
      collect(chunk, rest[0]);
      const answer = { status: response.statusCode, headers: keptHeaders(response), body: Buffer.concat(chunks) };
      store(answer)
        .then(() => (end as (...args: unknown[]) => Response).call(response, chunk, ...rest))
        .then(() => resolve())
        .catch(reject);
      return response;
    }) as typeof end;
  });
}
