import type { ApiError } from '../errors/index.js';
import { toApiError } from '../http/index.js';

/** One event of a stream. `id` is the position from which the stream can be resumed. */
export interface StreamEvent<Name extends string = string, Data = unknown> {
  id: string;
  event: Name;
  data: Data;
}

/** Ends a stream. On the wire its data is a problem document. */
export type ErrorEvent = StreamEvent<'error', ApiError>;

export const fail = (id: string, thrown: unknown): ErrorEvent => ({ id, event: 'error', data: toApiError(thrown) });

/** The reader of a stream, independent of the transport. */
export interface Reader {
  /** Aborts if the reader disconnects before the end of the stream. */
  readonly gone: AbortSignal;
  /** Aborts if the reader loses access, for example because the credential was revoked. */
  readonly refused: AbortSignal;
  /** Whether events still reach the reader. */
  readonly isOpen: boolean;
}

/**
 * A stream that a service returns. It is read to its end even if the reader is gone or refused, and no faster than the
 * reader accepts it. The service decides whether it continues without a reader.
 */
export interface EventStream<Event extends StreamEvent = StreamEvent> {
  events: AsyncIterable<Event> | Iterable<Event>;
  /** Path at which the stream can be resumed, if it differs from that of the request. */
  resumePath?: string;
}
