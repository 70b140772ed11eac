import type { IncomingMessage } from 'node:http';

/** Bytes of a body that were read. */
export interface BodyMeter {
  readonly bytes: number;
}

const NONE: BodyMeter = { bytes: 0 };

/**
 * Counts the bytes of a request's body that any reader reads. The declared length does not count, nor do bytes that Node.js
 * discards because there is no reader.
 */
export function meterBody(request: IncomingMessage): BodyMeter {
  const { 'transfer-encoding': encoding, 'content-length': length } = request.headers;
  if (encoding === undefined && (length === undefined || length === '0')) return NONE;
  const meter = { bytes: 0 };
  const emit = request.emit.bind(request) as (event: string | symbol, ...values: unknown[]) => boolean;
  // Every kind of reader causes one event per piece. A listener would itself be a reader and make the stream flow.
  request.emit = (event: string | symbol, ...values: unknown[]): boolean => {
    if (event === 'data' && hasReader(request)) meter.bytes += sizeOf(values[0], request);
    return emit(event, ...values);
  };
  return meter;
}

const hasReader = (request: IncomingMessage): boolean =>
  request.listenerCount('data') > 0 || request.listenerCount('readable') > 0;

const sizeOf = (piece: unknown, { readableEncoding }: IncomingMessage): number =>
  typeof piece === 'string' ? Buffer.byteLength(piece, readableEncoding ?? 'utf8') : (piece as Uint8Array).byteLength;
