import { isUtf8 } from 'node:buffer';
import type { Request } from 'express';
import { ApiError } from '../errors/index.js';
import { cutOffAfterResponse } from '../server/index.js';
import type { BodyMemory } from './body-memory.js';
import { notJson, notUtf8 } from './json-errors.js';
import { requireBoundedShape } from './json-shape.js';

const KIB = 1024;
/** Limit for JSON bodies. */
const MAX_BYTES = KIB * KIB;
/** Each chunk costs as much as a few hundred bytes, so bodies in one-byte chunks would delay every caller. */
const MAX_CHUNKS = 2_000;
const BYTE_ORDER_MARK = '\uFEFF';

/** Whether the request announces a body (RFC 9112, 6.3). */
export const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/**
 * Reads a JSON body (RFC 8259): UTF-8, up to 1 MiB, of a bounded shape.
 * @param subject owner of the memory share that the incomplete body uses
 * @returns the value; undefined for an empty body
 * @throws ApiError UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE, BAD_REQUEST or VALIDATION_ERROR
 */
export async function readJson(request: Request, memory: BodyMemory, subject: string): Promise<unknown> {
  requireUncompressed(request);
  requireJson(request);
  const bytes = await readBytes(request, memory, subject, MAX_BYTES);
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw notUtf8(bytes);
  requireBoundedShape(bytes);
  const text = bytes.toString('utf8');
  const json = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  try {
    return JSON.parse(json);
  } catch (error) {
    throw notJson(json, error);
  }
}

/** Refuses a compressed body, which could expand a thousandfold. */
export function requireUncompressed({ headers }: Request): void {
  const { 'content-encoding': encoding = 'identity' } = headers;
  if (encoding.trim().toLowerCase() === 'identity') return;
  throw new ApiError('UNSUPPORTED_MEDIA_TYPE', {
    detail: 'Compressed request bodies are not supported. Send the body without `Content-Encoding`.',
  });
}

/** Refuses a body of another type instead of ignoring it. */
function requireJson(request: Request): void {
  const { 'content-type': type = '' } = request.headers;
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(type) ?? [];
  if (!request.is('application/json') || !/^utf-?8$/i.test(charset)) throw unsupported(type);
}

const unsupported = (type: string): ApiError =>
  new ApiError('UNSUPPORTED_MEDIA_TYPE', {
    detail: `${type ? `The content type \`${type.slice(0, 100)}\` is not supported` : 'The request has no `Content-Type`'}. Send JSON in UTF-8 with \`Content-Type: application/json\`.`,
  });

export const tooLarge = (maxBytes: number): ApiError =>
  new ApiError('PAYLOAD_TOO_LARGE', {
    detail: `The request body is larger than ${maxBytes < MAX_BYTES ? `${maxBytes / KIB} KiB` : `${maxBytes / MAX_BYTES} MiB`}. Send a smaller body.`,
  });

/** Stops reading as soon as the body is too large. Rejects with an AbortError if the client disconnects. */
export async function readBytes(
  request: Request,
  memory: BodyMemory,
  subject: string,
  maxBytes: number,
): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(new DOMException('the client went away before its body was whole', 'AbortError'));
    if (request.destroyed) return gone();
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (outcome: () => void): void => {
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      memory.release(subject, length);
      outcome();
    };
    const refusalOf = (chunk: Buffer): ApiError | undefined => {
      if (length + chunk.length > maxBytes) return tooLarge(maxBytes);
      if (chunks.length < MAX_CHUNKS) return memory.take(subject, chunk.length);
      cutOffAfterResponse(request);
      return new ApiError('PAYLOAD_TOO_LARGE', {
        detail: `The request body arrived in more than ${MAX_CHUNKS} chunks. Send it in larger chunks.`,
      });
    };
    const onData = (chunk: Buffer): void => {
      const refusal = refusalOf(chunk);
      if (refusal) return settle(() => reject(refusal));
      length += chunk.length;
      chunks.push(chunk);
    };
    const onEnd = (): void => settle(() => resolve(Buffer.concat(chunks, length)));
    const onClose = (): void => settle(gone);
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}
