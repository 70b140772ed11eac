import { STATUS_CODES, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Config } from '../config/index.js';
import { ApiError, toProblem, type ErrorCode } from '../errors/index.js';
import { newRequestId } from '../http/index.js';
import type { Logger } from '../telemetry/index.js';

const CODES: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'PAYLOAD_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
};

type AnsweringSocket = Socket & { _httpMessage?: { headersSent: boolean } | null };

/**
 * Responds to input that is not HTTP, arrives too slowly or has too large headers. It never becomes a request, so
 * nothing else sees it. The connection is closed, because it is unknown where the next request would begin.
 */
export function answerClientErrors(server: Server, config: Config, logger: Logger): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: AnsweringSocket) => {
    // The peer has left, or a response is under way.
    if (error.code === 'ECONNRESET' || !socket.writable || socket._httpMessage?.headersSent) {
      socket.destroy();
      return;
    }
    const problem = new ApiError(CODES[error.code ?? ''] ?? 'BAD_REQUEST', {
      ...(!CODES[error.code ?? ''] && { detail: 'This is not a well-formed HTTP request.' }),
    });
    const requestId = newRequestId();
    const answer = toProblem(problem, { publicUrl: config.publicUrl, path: '/', requestId });
    const body = JSON.stringify(answer);
    logger.access.info({ request_id: requestId, status: answer.status, error: error.code }, 'no request');
    socket.end(
      [
        `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}`,
        'Content-Type: application/problem+json; charset=utf-8',
        `Content-Length: ${Buffer.byteLength(body)}`,
        `X-Request-Id: ${requestId}`,
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
      // Does not wait for a peer that never closes its side.
      () => socket.destroy(),
    );
  });
}
