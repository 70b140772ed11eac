import { Injectable } from '@nestjs/common';
import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import { Redis } from '../../platform/redis/index.js';
import { readCounts } from './pending-usage.js';
import type { Usage } from './usage.repository.js';

/** Counts that were taken out of an organization's hash and will not grow any more. The name tells all of it. */
export interface Batch {
  id: string;
  organizationId: string;
  /** Key in Redis. */
  key: string;
}

const SCANNED_AT_ONCE = 1_000;

/**
 * What Redis has counted and PostgreSQL does not have yet: a hash per organization, into which the limits' script counts. A
 * batch is taken by giving the hash another name, so that no count is in two of them.
 */
@Injectable()
export class PendingUsage {
  constructor(private readonly redis: Redis) {}

  /** Says of which organizations something waits. */
  async mark(organizationIds: string[]): Promise<void> {
    await this.redis.client.sadd(this.redis.key('usage', 'waiting'), ...organizationIds);
  }

  /** Organizations of which something waits, said to nobody else. Who dies now is made up for by `scan`. */
  takeMarked(count: number): Promise<string[]> {
    return this.redis.client.spop(this.redis.key('usage', 'waiting'), count);
  }

  /** Takes what is counted of these organizations. */
  async takeBatches(organizationIds: string[]): Promise<Batch[]> {
    const batches = organizationIds.map((organizationId) => {
      const id = uuidv7();
      return { id, organizationId, key: this.redis.key(`{${organizationId}}`, 'usage', id) };
    });
    const pipeline = this.redis.client.pipeline();
    for (const { organizationId, key } of batches) pipeline.rename(this.keyOf(organizationId), key);
    const answers = (await pipeline.exec()) ?? [];
    return batches.filter((_batch, index) => {
      const [error] = answers[index] ?? [new Error('no answer')];
      if (error && !error.message.includes('no such key')) throw error;
      return !error;
    });
  }

  async read(batches: Batch[]): Promise<{ batch: Batch; usages: Usage[] }[]> {
    const pipeline = this.redis.client.pipeline();
    for (const { key } of batches) pipeline.hgetall(key);
    const answers = (await pipeline.exec()) ?? [];
    return batches.flatMap((batch, index) => {
      const [error, counts] = answers[index] ?? [new Error('no answer')];
      if (error) throw error;
      return [{ batch, usages: readCounts(batch.organizationId, counts as Record<string, string>) }];
    });
  }

  async delete(batches: Batch[]): Promise<void> {
    const pipeline = this.redis.client.pipeline();
    for (const { key } of batches) pipeline.unlink(key);
    await pipeline.exec();
  }

  /** Goes through all keys: for what was counted, or taken, by a process that died before it could tell or finish. */
  async scan(): Promise<{ organizationIds: string[]; batches: Batch[] }> {
    const organizationIds = new Set<string>();
    const batches = new Map<string, Batch>();
    const parts = /^.*:\{([0-9a-f-]{36})\}:usage(?::([0-9a-f-]{36}))?$/;
    let cursor = '0';
    do {
      const [next, keys] = await this.redis.client.scan(
        cursor,
        'MATCH',
        this.redis.key('{*}', 'usage*'),
        'COUNT',
        SCANNED_AT_ONCE,
      );
      for (const key of keys) {
        const [, organizationId, id] = parts.exec(key) ?? [];
        if (!organizationId || ![organizationId, id ?? organizationId].every((part) => isUuid(part))) continue;
        if (id) batches.set(id, { id, organizationId, key });
        else organizationIds.add(organizationId);
      }
      cursor = next;
    } while (cursor !== '0');
    return { organizationIds: [...organizationIds], batches: [...batches.values()] };
  }

  private keyOf(organizationId: string): string {
    return this.redis.key(`{${organizationId}}`, 'usage');
  }
}
