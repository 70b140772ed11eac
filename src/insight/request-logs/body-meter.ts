import type { IncomingMessage } from 'node:http';

/** How much of a body was read. */
export interface BodyMeter {
  readonly bytes: number;
}

const NONE: BodyMeter = { bytes: 0 };

/**
 * Counts what is read of a request's body, by whoever reads it. What the caller declares counts for nothing, nor does what
 * Node.js throws away because nobody has asked for it.
 */
export function meterBody(request: IncomingMessage): BodyMeter {
  const { 'transfer-encoding': encoding, 'content-length': length } = request.headers;
  if (encoding === undefined && (length === undefined || length === '0')) return NONE;
  const meter = { bytes: 0 };
  const emit = request.emit.bind(request) as (event: string | symbol, ...values: unknown[]) => boolean;
  // Every way to read a stream emits each piece once; a listener of its own would be a reader, and set it flowing.
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
