import type { Response } from 'express';
import { hasFailedMidway, isAside } from '../streams/index.js';
import type { Answer } from './idempotency.js';

/** Headers of the response itself, as opposed to those of the exchange. */
const KEPT_HEADERS = ['Content-Type', 'Content-Location', 'Location', 'Cache-Control', 'X-Accel-Buffering'];

export function keptHeaders(response: Response): Record<string, string> {
  return Object.fromEntries(
    KEPT_HEADERS.filter((name) => response.hasHeader(name)).map((name) => [name, String(response.getHeader(name))]),
  );
}

/**
 * Records a response that a handler writes by itself, and holds its end back until it is stored. So every response that
 * a client received completely can be replayed. Chunks that concern only the connection are omitted. A response that
 * failed midway, or that no client received, is not stored.
 * @returns a promise of the end
 */
export function recordAnswer(response: Response, store: (answer: Answer) => Promise<void>): Promise<void> {
  const chunks: Buffer[] = [];
  const collect = (chunk: unknown): void => {
    if (isAside(chunk)) return;
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk as string));
  };
  const write = response.write.bind(response) as (...args: unknown[]) => boolean;
  const end = response.end.bind(response) as (...args: unknown[]) => Response;
  response.write = ((chunk: unknown, ...rest: unknown[]) => {
    collect(chunk);
    return write(chunk, ...rest);
  }) as typeof response.write;
  return new Promise((resolve) => {
    response.once('close', resolve);
    response.end = ((...args: unknown[]) => {
      collect(args[0]);
      response.end = () => response;
      const isWhole = response.statusCode < 400 && !response.destroyed && !hasFailedMidway(response);
      if (!isWhole) return end(...args);
      const body = Buffer.concat(chunks).toString();
      void store({ status: response.statusCode, headers: keptHeaders(response), body }).finally(() => {
        end(...args);
        resolve();
      });
      return response;
    }) as typeof response.end;
  });
}
