import { Readable } from 'node:stream';
import { isUtf8 } from 'node:buffer';
import type { Request } from 'express';

const MAX_BYTES = 64 * 1024;

/** A body that is not what the protocol expects; the text is for its `error_description`. */
export class InvalidOAuthRequest extends Error {
  override name = 'InvalidOAuthRequest';
}

export const FORM = 'application/x-www-form-urlencoded';

/**
 * The body of a request as a form. The protocol has forms only (RFC 6749), but clients send JSON, too.
 * @throws InvalidOAuthRequest
 */
export async function readForm(request: Request): Promise<URLSearchParams> {
  const body = await readSmallBody(request);
  if (request.is('application/json')) return formOf(body);
  if (body.length > 0 && !request.is(FORM)) throw new InvalidOAuthRequest('the request body must be a form or JSON');
  return new URLSearchParams(body.toString('utf8'));
}

/** The same request with another body. */
export function withBody(request: Request, text: string, type: string): Request {
  const body = Buffer.from(text);
  const headers = { ...request.headers, 'content-type': type, 'content-length': String(body.length) };
  const { method, path, url, originalUrl, socket, httpVersion, httpVersionMajor, httpVersionMinor } = request;
  const rest = { headers, method, path, url, originalUrl, socket, httpVersion, httpVersionMajor, httpVersionMinor };
  return Object.assign(Readable.from([body], { objectMode: false }), rest) as unknown as Request;
}

/** @throws InvalidOAuthRequest when it is larger than 64 KiB */
export async function readSmallBody(request: Request): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new InvalidOAuthRequest('the request body must be at most 64 KiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function formOf(bytes: Buffer): URLSearchParams {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(parseObject(bytes))) {
    if (value === null || value === undefined) continue;
    if (typeof value === 'object') throw new InvalidOAuthRequest(`${name.slice(0, 50)} must be a string`);
    form.append(name, String(value as string | number | boolean));
  }
  return form;
}

/** @throws InvalidOAuthRequest for anything else than a JSON object */
export function parseObject(bytes: Buffer): object {
  try {
    if (!isUtf8(bytes)) throw new SyntaxError();
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // As for JSON that is no object.
  }
  throw new InvalidOAuthRequest('the request body must be a JSON object');
}
