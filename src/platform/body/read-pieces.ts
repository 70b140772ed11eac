import type { Request } from 'express';
import { tooLarge } from './read-body.js';

export interface PieceLimits {
  maxBytes: number;
  pieceBytes: number;
}

/** Reads no more than it is asked for, so that a slow consumer slows the sender down. */
export async function* readPieces(request: Request, { maxBytes, pieceBytes }: PieceLimits): AsyncGenerator<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  let parts: Buffer[] = [];
  let [length, total] = [0, 0];
  try {
    // After a refusal, the response is still to be sent.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      total += chunk.length;
      if (total > maxBytes) throw tooLarge(maxBytes);
      parts.push(chunk);
      length += chunk.length;
      if (length < pieceBytes) continue;
      yield Buffer.concat(parts, length);
      [parts, length] = [[], 0];
    }
  } catch (error) {
    if (request.complete || !request.destroyed) throw error;
    throw new DOMException('the client went away before its body was whole', 'AbortError');
  }
  if (length > 0) yield Buffer.concat(parts, length);
}
