import type { ApiError } from '../errors/index.js';
import { toApiError } from '../http/index.js';

/** One event of a stream. `id` names its place: after it the stream can be resumed. */
export interface StreamEvent<Name extends string = string, Data = unknown> {
  id: string;
  event: Name;
  data: Data;
}

/** Ends a stream. On the wire its data is a problem, as every error's. */
export type ErrorEvent = StreamEvent<'error', ApiError>;

export const fail = (id: string, thrown: unknown): ErrorEvent => ({ id, event: 'error', data: toApiError(thrown) });

/** Who reads a stream, whatever carries it there. */
export interface Reader {
  /** Aborts when the reader goes away before the stream has ended. */
  readonly gone: AbortSignal;
  /** Aborts when the reader may not read on: the credential was revoked, say. */
  readonly refused: AbortSignal;
  /** Whether events still reach the reader. */
  readonly isOpen: boolean;
}

/**
 * What a service returns to be sent as a stream. It is read to its end even if the reader is gone or refused, and no faster
 * than the reader takes it: whether it goes on without a reader is for the service to decide.
 */
export interface EventStream<Event extends StreamEvent = StreamEvent> {
  events: AsyncIterable<Event> | Iterable<Event>;
  /** Path at which the stream can be resumed, if it differs from that of the request. */
  resumePath?: string;
}
