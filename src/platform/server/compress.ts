import { constants } from 'node:zlib';
import compression from 'compression';
import type { NextFunction, Request, Response } from 'express';

/** Below it, the answer fits into one packet anyway. */
const THRESHOLD_BYTES = 1_400;
const COMPRESSED = /^(application\/(problem\+)?json|text\/(html|css|plain|javascript)|application\/javascript)\b/;

const compressing = compression({
  threshold: THRESHOLD_BYTES,
  filter: (_request, response) => COMPRESSED.test(String(response.getHeader('Content-Type'))),
  level: constants.Z_BEST_SPEED,
  // A window of 64 KiB: the standard one costs some megabytes for each response.
  brotli: { params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_LGWIN]: 16 } },
});

/**
 * Compresses responses of text for clients that accept it. At the lowest level: it leaves a fifth of a list, in half
 * to a third of the processor time that the usual one takes to leave a sixth. Streams of events go out as they are, so that nothing holds them back.
 */
export function compress(request: Request, response: Response, next: NextFunction): void {
  if (request.headers['accept-encoding'] !== undefined) return void compressing(request, response, next);
  response.setHeader('Vary', 'Accept-Encoding');
  next();
}
