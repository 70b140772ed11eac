import { constants } from 'node:zlib';
import compression from 'compression';
import type { NextFunction, Request, Response } from 'express';

/** A smaller response fits into one packet without compression. */
const THRESHOLD_BYTES = 1_400;
const COMPRESSED = /^(application\/(problem\+)?json|text\/(html|css|plain|javascript)|application\/javascript)\b/;

const compressing = compression({
  threshold: THRESHOLD_BYTES,
  filter: (_request, response) => COMPRESSED.test(String(response.getHeader('Content-Type'))),
  level: constants.Z_BEST_SPEED,
  // A window of 64 KiB: the default one uses some megabytes per response.
  brotli: { params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_LGWIN]: 16 } },
});

/**
 * Compresses text responses for clients that accept it. The lowest level reduces a list to a fifth; the default level
 * reduces it to a sixth for two to three times the processor time. Event streams are not compressed, so that nothing
 * delays them.
 */
export function compress(request: Request, response: Response, next: NextFunction): void {
  if (request.headers['accept-encoding'] !== undefined) return void compressing(request, response, next);
  response.setHeader('Vary', 'Accept-Encoding');
  next();
}
