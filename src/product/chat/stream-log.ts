import { Injectable } from '@nestjs/common';
import { Redis } from '../../platform/redis/index.js';
import type { StreamEvent } from '../../platform/http/index.js';

const ALIVE_SECONDS = 15;
const KEPT_SECONDS = 600;
const READER_MS = 2_000;
/** Events read at once: of an answer in ten thousand pieces a part at a time. */
export const EVENTS_AT_ONCE = 500;
/** Second part of the id of a stream's entries in Redis, and of its last one. */
const FURTHER = 1;
const LAST = 2;

/**
 * What a running answer has said so far, in Redis, so that any process can take up its stream. An event's id is the length
 * of the answer up to it (UTF-16 code units), and `<length>.end` for the last event.
 */
@Injectable()
export class StreamLog {
  constructor(private readonly redis: Redis) {}

  /** Says that there will be an answer, before its first word. What an earlier try of it has left is forgotten. */
  begin(organizationId: string, streamId: string): void {
    const key = this.key(organizationId, streamId);
    this.redis.client
      .multi()
      .del(key)
      .xadd(key, `0-${FURTHER}`, 'event', '')
      .expire(key, ALIVE_SECONDS)
      .exec()
      .catch(() => undefined);
  }

  /** Notes one event. Not waited for: without Redis the stream goes on and cannot be taken up, that is all. */
  append(organizationId: string, streamId: string, event: StreamEvent): void {
    const key = this.key(organizationId, streamId);
    const isLast = event.id.endsWith('.end');
    this.redis.client
      .multi()
      .xadd(key, `${parseInt(event.id, 10)}-${isLast ? LAST : FURTHER}`, 'event', JSON.stringify(event))
      .expire(key, isLast ? KEPT_SECONDS : ALIVE_SECONDS)
      .exec()
      .catch(() => undefined);
  }

  /** Keeps the log of an answer whose model is thinking. */
  keepAlive(organizationId: string, streamId: string): void {
    this.redis.client.expire(this.key(organizationId, streamId), ALIVE_SECONDS).catch(() => undefined);
  }

  /** The next events after that length, at most EVENTS_AT_ONCE; undefined when there is no log: the answer has ended long ago, or its process died. */
  async read(organizationId: string, streamId: string, length: number): Promise<StreamEvent[] | undefined> {
    const key = this.key(organizationId, streamId);
    const entries = await this.redis.client
      .xrange(key, `(${length}-${FURTHER}`, '+', 'COUNT', EVENTS_AT_ONCE)
      .catch(() => []);
    if (entries.length === 0 && !(await this.redis.client.exists(key).catch(() => 0))) return undefined;
    return entries.map(([, fields]) => JSON.parse(fields[1] as string) as StreamEvent);
  }

  async hasEnded(organizationId: string, streamId: string): Promise<boolean> {
    const [last] = await this.redis.client.xrevrange(this.key(organizationId, streamId), '+', '-', 'COUNT', 1);
    return last?.[0].endsWith(`-${LAST}`) ?? false;
  }

  /** Says that somebody reads the log, so that the answer goes on without its first reader. */
  markRead(organizationId: string, streamId: string): void {
    this.redis.client.set(this.readerKey(organizationId, streamId), '1', 'PX', READER_MS).catch(() => undefined);
  }

  async hasReader(organizationId: string, streamId: string): Promise<boolean> {
    return (await this.redis.client.exists(this.readerKey(organizationId, streamId)).catch(() => 0)) === 1;
  }

  private key(organizationId: string, streamId: string): string {
    return this.redis.taggedKey(organizationId, 'stream', streamId);
  }

  private readerKey(organizationId: string, streamId: string): string {
    return `${this.key(organizationId, streamId)}:reader`;
  }
}
