import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { newId } from '../../platform/ids/index.js';
import { userIdOf, type Principal } from '../../identity/permissions/index.js';
import { errorCodeOf } from '../../platform/http/index.js';
import { madeAt } from '../../platform/paging/index.js';
import { currentOrigin, statusOf } from '../../platform/telemetry/index.js';
import { keptBody, MAX_BODY_BYTES } from './bodies.js';
import { meterBody } from './body-meter.js';
import { RequestLogWriter } from './request-log-writer.js';

/** Routes whose bodies consist of secrets. Paths are case-insensitive. */
const WITHOUT_BODIES = /^\/(auth|oauth)\//i;

type KnownRequest = Request & { user?: Principal };

/** Logs every call of an authenticated caller after its response. Other calls have no organization: see the access log. */
@Injectable()
export class RequestLog {
  constructor(private readonly writer: RequestLogWriter) {}

  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    const startedAt = performance.now();
    const received = meterBody(request);
    const sent = watchAnswer(request, response);
    const origin = currentOrigin();
    response.once('close', () => {
      const { user } = request as KnownRequest;
      if (!user) return;
      const route = request.route as { path?: string } | undefined;
      const id = newId();
      const [path = '/'] = request.originalUrl.split('?', 1);
      const keepsBodies = logsBodies(request);
      this.writer.add({
        organization_id: user.organizationId,
        created_at: madeAt(id),
        id,
        request_id: String(response.getHeader('X-Request-Id')),
        method: request.method,
        route: route?.path ?? 'unmatched',
        path,
        status: statusOf(response),
        error_code: errorCodeOf(response) ?? null,
        duration_ms: Math.round((performance.now() - startedAt) * 10) / 10,
        request_bytes: received.bytes,
        response_bytes: sent.bytes,
        principal_kind: user.kind,
        credential_id: user.credentialId,
        user_id: userIdOf(user) ?? null,
        ip: origin?.ip ?? null,
        user_agent: origin?.userAgent ?? null,
        api_version: (response.getHeader('API-Version') as string | undefined) ?? null,
        request_body: keepsBodies ? keptBody(jsonOf(request.body)) : null,
        response_body: keepsBodies ? keptBody(Buffer.concat(sent.beginning).toString()) : null,
      });
    });
    next();
  };
}

/** The body as parsed, so that no encoding hides the name of a field. Empty if it nests too deeply to be serialized. */
function jsonOf(body: unknown): string {
  try {
    return JSON.stringify(body) ?? '';
  } catch {
    return '';
  }
}

function logsBodies(request: Request): boolean {
  const { user, path } = request as KnownRequest;
  return user?.logsBodies === true && !WITHOUT_BODIES.test(path);
}

interface Sent {
  /** Size of the body before compression. */
  bytes: number;
  /** Its first pieces, if bodies are logged. */
  beginning: Buffer[];
}

/** Counts the bytes of the response, and keeps its beginning if bodies are logged. */
function watchAnswer(request: Request, response: Response): Sent {
  const sent: Sent = { bytes: 0, beginning: [] };
  const note = (chunk: unknown, encoding: unknown): void => {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return;
    const charset = typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8';
    const isWanted = sent.bytes < MAX_BODY_BYTES && logsBodies(request);
    if (isWanted) sent.beginning.push(typeof chunk === 'string' ? Buffer.from(chunk, charset) : Buffer.from(chunk));
    sent.bytes += typeof chunk === 'string' ? Buffer.byteLength(chunk, charset) : chunk.byteLength;
  };
  const write = response.write.bind(response) as (...given: unknown[]) => boolean;
  const end = response.end.bind(response) as (...given: unknown[]) => Response;
  response.write = (...given: unknown[]): boolean => {
    note(given[0], given[1]);
    return write(...given);
  };
  response.end = (...given: unknown[]): Response => {
    note(given[0], given[1]);
    return end(...given);
  };
  return sent;
}
