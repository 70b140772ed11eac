import { Injectable } from '@nestjs/common';
import { ApiError, type ErrorCode } from '../../platform/errors/index.js';
import { Redis } from '../../platform/redis/index.js';
import { fail } from '../../platform/streams/index.js';
import { answerLogKey, answerReaderKey } from './chat.keys.js';
import { isLast, positionOf, type ChatEvent } from './chat-stream-events.js';

const ALIVE_SECONDS = 15;
const KEPT_SECONDS = 600;
const READER_MS = 2_000;
/** Events read at once: of an answer in ten thousand pieces a part at a time. */
export const EVENTS_AT_ONCE = 500;
/** Second part of the id of a stream's entries in Redis, and of its last one. */
const FURTHER = 1;
const LAST = 2;

/** What of an error is logged; named as in a problem. */
interface LoggedError {
  code: ErrorCode;
  detail: string;
  retry_after?: number | undefined;
}

/** What a running answer has said so far, in Redis, so that any process can resume its stream. */
@Injectable()
export class StreamLog {
  constructor(private readonly redis: Redis) {}

  /** Says that there will be an answer, before its first word. What an earlier try of it has left is forgotten. */
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

  /** Notes one event. Not waited for: without Redis the stream goes on and cannot be taken up, that is all. */
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

  /** Keeps the log of an answer whose model is thinking. */
  keepAlive(organizationId: string, streamId: string): void {
    this.redis.client.expire(answerLogKey(this.redis, organizationId, streamId), ALIVE_SECONDS).catch(() => undefined);
  }

  /** The next events after that length, at most EVENTS_AT_ONCE; undefined when there is no log: the answer has ended long ago, or its process died. */
  async read(organizationId: string, streamId: string, length: number): Promise<ChatEvent[] | undefined> {
    const key = answerLogKey(this.redis, organizationId, streamId);
    const entries = await this.redis.client
      .xrange(key, `(${length}-${FURTHER}`, '+', 'COUNT', EVENTS_AT_ONCE)
      .catch(() => []);
    if (entries.length === 0 && !(await this.redis.client.exists(key).catch(() => 0))) return undefined;
    return entries.map(([, fields]) => fromLog(fields[1] as string));
  }

  async hasEnded(organizationId: string, streamId: string): Promise<boolean> {
    const [last] = await this.redis.client.xrevrange(
      answerLogKey(this.redis, organizationId, streamId),
      '+',
      '-',
      'COUNT',
      1,
    );
    return last?.[0].endsWith(`-${LAST}`) ?? false;
  }

  /** Says that somebody reads the log, so that the answer goes on without its first reader. */
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
