import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import type { Config } from '../config/index.js';
import { ApiError, toProblem, type ErrorCode } from '../errors/index.js';
import { METHODS, newRequestId } from '../http/index.js';
import type { Logger } from '../telemetry/index.js';

const CODES: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'PAYLOAD_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
};

/** Error code of Node's parser -> detail for the client. */
const DETAILS: Record<string, string> = {
  HPE_INVALID_METHOD: 'The request line has an unknown HTTP method.',
  HPE_INVALID_VERSION: 'The HTTP version is not supported. Use HTTP/1.1.',
  HPE_INVALID_URL: 'The request target contains an invalid character. Percent-encode it.',
  HPE_INVALID_HEADER_TOKEN: 'A header contains an invalid character.',
  HPE_INVALID_CONTENT_LENGTH: '`Content-Length` is not a valid length.',
  HPE_UNEXPECTED_CONTENT_LENGTH: '`Content-Length` is repeated, or conflicts with `Transfer-Encoding`.',
  HPE_INVALID_TRANSFER_ENCODING: '`Transfer-Encoding` is not valid. Send `chunked`, or `Content-Length` instead.',
  HPE_INVALID_CHUNK_SIZE: 'A chunk of the body has an invalid size.',
};

type ParserError = NodeJS.ErrnoException & { rawPacket?: Buffer; bytesParsed?: number };
type AnsweringSocket = Socket & { _httpMessage?: { headersSent: boolean; req?: IncomingMessage } | null };

/**
 * Responds to input that is not HTTP, arrives too slowly or has too large headers. It never becomes a request, so
 * nothing else handles it. Closes the connection, because the start of the next request is unknown.
 */
export function answerClientErrors(server: Server, config: Config, logger: Logger): void {
  const refuse = (socket: Duplex, error: ApiError, path: string, reason: string | undefined): void => {
    const requestId = newRequestId();
    const problem = toProblem(error, { publicUrl: config.publicUrl, path, requestId });
    logger.access.info({ request_id: requestId, status: problem.status, error: reason }, 'malformed request');
    // Does not wait for a peer that never closes its side.
    const headers = error.code === 'METHOD_NOT_ALLOWED' ? [`Allow: ${METHODS.join(', ')}`] : [];
    socket.end(messageOf(problem.status, [`X-Request-Id: ${requestId}`, ...headers], JSON.stringify(problem)), () =>
      socket.destroy(),
    );
  };
  server.on('clientError', (error: ParserError, socket: AnsweringSocket) => {
    // Disconnected, or in the middle of a response.
    if (error.code === 'ECONNRESET' || !socket.writable || socket._httpMessage?.headersSent) {
      socket.destroy();
      return;
    }
    const { code = '' } = error;
    const path = pathOf(socket._httpMessage?.req?.url ?? requestLineIn(error));
    refuse(socket, CODES[code] ? new ApiError(CODES[code]) : malformed(DETAILS[code]), path, code);
  });
  server.on('connect', (_request, socket) => {
    // Node removes its own listener, and without one a reset connection ends the process.
    socket.on('error', () => socket.destroy());
    refuse(socket, notAProxy(), '/', 'CONNECT');
  });
}

const malformed = (detail = 'The request is not valid HTTP.'): ApiError => new ApiError('BAD_REQUEST', { detail });

const notAProxy = (): ApiError =>
  new ApiError('METHOD_NOT_ALLOWED', {
    detail: 'This server is not a proxy. CONNECT is not supported.',
    details: { allowed: METHODS },
  });

const messageOf = (status: number, headers: string[], body: string): string =>
  [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
    'Connection: close',
    '',
    body,
  ].join('\r\n');

/** The target of the last request that begins before the fault, in the data that arrived with it. */
function requestLineIn({ rawPacket, bytesParsed }: ParserError): string {
  const text = rawPacket?.subarray(0, bytesParsed).toString('latin1') ?? '';
  return [...text.matchAll(/^[A-Z-]+ (\/[^\s]*)/gm)].at(-1)?.[1] ?? '/';
}

const pathOf = (target: string): string => (target.startsWith('/') ? (target.split('?', 1)[0] as string) : '/');
