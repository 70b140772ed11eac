import type { NextFunction, Request, Response } from 'express';
import { ApiError } from '../errors/index.js';
import { METHODS } from '../http/index.js';

/** Headers that must not be repeated: a proxy and this server could use different copies. */
const ONCE = new Set(['host', 'authorization']);
/** A name or an IPv4 address, or an IPv6 address in brackets, and a port (RFC 3986, 3.2.2). */
const HOST = /^(?:[A-Za-z0-9._~!$&'()*+,;=-]+|\[[0-9A-Fa-f:.]+\])(?::\d{0,5})?$/;
const ABSOLUTE = /^https?:\/\//i;

/**
 * Refuses a message whose receiver or sender is ambiguous (RFC 9112, 3.2 and 3.3; RFC 9110, 5.3), or with an
 * unsupported `Expect` header (RFC 9110, 10.1.1).
 */
export function requireClearMessage(request: Request, response: Response, next: NextFunction): void {
  const refusal = repeatedHeader(request) ?? wrongHost(request) ?? wrongTarget(request);
  if (refusal) return next(new ApiError('BAD_REQUEST', { detail: refusal }));
  if (!/^(100-continue)?$/i.test(request.headers.expect ?? '')) return next(new ApiError('EXPECTATION_FAILED'));
  // `OPTIONS *` concerns the server as a whole (RFC 9110, 9.3.7).
  if (request.url === '*') return void response.set('Allow', METHODS.join(', ')).status(204).end();
  next();
}

/** Node.js keeps the first of repeated headers and drops the others silently. */
function repeatedHeader({ rawHeaders }: Request): string | undefined {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] as string).toLowerCase();
    if (!ONCE.has(name)) continue;
    if (seen.has(name))
      return `The request has more than one \`${name === 'host' ? 'Host' : 'Authorization'}\` header. Send exactly one.`;
    seen.add(name);
  }
  return undefined;
}

function wrongHost({ headers: { host }, httpVersion }: Request): string | undefined {
  if (host === undefined) return httpVersion === '1.0' ? undefined : 'The request has no `Host` header.';
  return HOST.test(host) ? undefined : 'The `Host` header must be a host name with an optional port.';
}

/** A proxy can send the absolute form of the target (RFC 9112, 3.2.2). The rest of this server expects a path. */
function wrongTarget(request: Request): string | undefined {
  const { url, method } = request;
  if (url.startsWith('/') || (url === '*' && method === 'OPTIONS')) return undefined;
  if (!ABSOLUTE.test(url) || !URL.canParse(url)) return 'The request target must be a path, such as `/api/v1/chat`.';
  const target = new URL(url);
  const { host } = request.headers;
  if (host !== undefined && !isSameHost(target, host))
    return 'The request target and the `Host` header name different hosts.';
  request.url = request.originalUrl = url.replace(/^https?:\/\/[^/?#]*/i, '').replace(/^(?!\/)/, '/');
  return undefined;
}

function isSameHost({ protocol, host, username, password }: URL, given: string): boolean {
  const other = `${protocol}//${given}`;
  return username === '' && password === '' && URL.canParse(other) && new URL(other).host === host;
}
