import { Injectable } from '@nestjs/common';
import { ApiError, type ErrorCode } from '../../platform/errors/index.js';
import { Redis } from '../../platform/redis/index.js';
import { fail } from '../../platform/streams/index.js';
import { answerLogKey, answerReaderKey } from './chat.keys.js';
import { isLast, positionOf, type ChatEvent } from './chat-stream-events.js';

const ALIVE_SECONDS = 15;
const KEPT_SECONDS = 600;
const READER_MS = 2_000;
/** Events per read: an answer of ten thousand pieces is read in batches. */
export const EVENTS_AT_ONCE = 500;
/** Second part of the Redis ids of a stream's entries, and of its last entry. */
const FURTHER = 1;
const LAST = 2;

/** The logged part of an error; named as in a problem. */
interface LoggedError {
  code: ErrorCode;
  detail: string;
  retry_after?: number | undefined;
}

interface LogPart {
  events: ChatEvent[];
  /** Whether the answer ended before that length, so no event follows. */
  isBeyondEnd: boolean;
}

/** The events of a running answer, kept in Redis so that any process can resume its stream. */
@Injectable()
export class StreamLog {
  constructor(private readonly redis: Redis) {}

  /** Announces an answer before its first word. Deletes the log of an earlier attempt. */
  begin(organizationId: string, streamId: string): void {
    const key = answerLogKey(this.redis, organizationId, streamId);
    this.redis.client
      .multi()
      .del(key)
      .xadd(key, `0-${FURTHER}`, 'event', '')
      .expire(key, ALIVE_SECONDS)
      .exec()
      .catch(() => undefined);
  }

  /** Logs one event without waiting: if Redis fails, the stream continues and only cannot be resumed. */
  append(organizationId: string, streamId: string, event: ChatEvent): void {
    const key = answerLogKey(this.redis, organizationId, streamId);
    const [place, keptSeconds] = isLast(event) ? [LAST, KEPT_SECONDS] : [FURTHER, ALIVE_SECONDS];
    this.redis.client
      .multi()
      .xadd(key, `${positionOf(event)}-${place}`, 'event', toLog(event))
      .expire(key, keptSeconds)
      .exec()
      .catch(() => undefined);
  }

  /** Keeps the log of an answer alive while its model is thinking. */
  keepAlive(organizationId: string, streamId: string): void {
    this.redis.client.expire(answerLogKey(this.redis, organizationId, streamId), ALIVE_SECONDS).catch(() => undefined);
  }

  /**
   * The next events after that length, at most EVENTS_AT_ONCE. Undefined if there is no log: the answer ended long ago, or its
   * process died.
   */
  async read(organizationId: string, streamId: string, length: number): Promise<LogPart | undefined> {
    const key = answerLogKey(this.redis, organizationId, streamId);
    const entries = await this.redis.client
      .xrange(key, `(${length}-${FURTHER}`, '+', 'COUNT', EVENTS_AT_ONCE)
      .catch(() => []);
    if (entries.length > 0)
      return { events: entries.map(([, fields]) => fromLog(fields[1] as string)), isBeyondEnd: false };
    const [last] = await this.redis.client.xrevrange(key, '+', '-', 'COUNT', 1).catch(() => []);
    if (!last) return undefined;
    const [end, place] = last[0].split('-').map(Number) as [number, number];
    return { events: [], isBeyondEnd: place === LAST && end < length };
  }

  /** Records that the log has a reader, so that the answer continues without its first reader. */
  markRead(organizationId: string, streamId: string): void {
    this.redis.client
      .set(answerReaderKey(this.redis, organizationId, streamId), '1', 'PX', READER_MS)
      .catch(() => undefined);
  }

  async hasReader(organizationId: string, streamId: string): Promise<boolean> {
    return (await this.redis.client.exists(answerReaderKey(this.redis, organizationId, streamId)).catch(() => 0)) === 1;
  }
}

function toLog(event: ChatEvent): string {
  if (event.event !== 'error') return JSON.stringify(event);
  const { code, message: detail, retryAfterSeconds } = event.data;
  const data: LoggedError = { code, detail, retry_after: retryAfterSeconds };
  return JSON.stringify({ ...event, data });
}

function fromLog(text: string): ChatEvent {
  const event = JSON.parse(text) as
    Exclude<ChatEvent, { event: 'error' }> | { id: string; event: 'error'; data: LoggedError };
  if (event.event !== 'error') return event;
  const { code, detail, retry_after } = event.data;
  return fail(
    event.id,
    new ApiError(code, { detail, ...(retry_after !== undefined && { retryAfterSeconds: retry_after }) }),
  );
}
