import { Readable } from 'node:stream';
import { isUtf8 } from 'node:buffer';
import type { Request } from 'express';

const MAX_BYTES = 64 * 1024;

/** A body that is not what the protocol expects; the text is for its `error_description`. */
export class InvalidOAuthRequest extends Error {
  override name = 'InvalidOAuthRequest';
}

/** Whether the body is JSON, which the protocol does not have, but which clients send (RFC 6749 has forms only). */
export const isJson = (request: Request): boolean => Boolean(request.is('application/json'));

/**
 * The same request with its JSON body as a form.
 * @throws InvalidOAuthRequest
 */
export async function withForm(request: Request): Promise<Request> {
  return withBody(request, formOf(await readSmallBody(request)).toString(), 'application/x-www-form-urlencoded');
}

/** The same request with another body. */
export function withBody(request: Request, text: string, type: string): Request {
  const body = Buffer.from(text);
  const headers = { ...request.headers, 'content-type': type, 'content-length': String(body.length) };
  const { method, url, originalUrl, socket, httpVersion, httpVersionMajor, httpVersionMinor } = request;
  const rest = { headers, method, url, originalUrl, socket, httpVersion, httpVersionMajor, httpVersionMinor };
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
