import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Redis } from '../../platform/redis/index.js';
import { readCounts } from './pending-usage.js';
import { parseUsageKey, usageBatchKey, usageKey, usageKeyPattern, waitingBudgetsKey } from './usage.keys.js';
import type { Usage } from './usage.repository.js';

/** Counts that were taken out of a budget's hash and will not grow any more. The name tells all of it. */
export interface Batch {
  id: string;
  budgetId: string;
  /** Key in Redis. */
  key: string;
}

const SCANNED_AT_ONCE = 1_000;

/**
 * What Redis has counted and PostgreSQL does not have yet: a hash per budget (see Principal), into which the limits' script counts. A
 * batch is taken by giving the hash another name, so that no count is in two of them.
 */
@Injectable()
export class PendingUsage {
  constructor(private readonly redis: Redis) {}

  /** Says of which budgets something waits. */
  async mark(budgetIds: string[]): Promise<void> {
    await this.redis.client.sadd(waitingBudgetsKey(this.redis), ...budgetIds);
  }

  /** Budgets of which something waits, said to nobody else. Who dies now is made up for by `scan`. */
  takeMarked(count: number): Promise<string[]> {
    return this.redis.client.spop(waitingBudgetsKey(this.redis), count);
  }

  /** Takes what is counted under these budgets. */
  async takeBatches(budgetIds: string[]): Promise<Batch[]> {
    const batches = budgetIds.map((budgetId) => {
      const id = uuidv7();
      return { id, budgetId, key: usageBatchKey(this.redis, budgetId, id) };
    });
    const pipeline = this.redis.client.pipeline();
    for (const { budgetId, key } of batches) pipeline.rename(usageKey(this.redis, budgetId), key);
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
      return [{ batch, usages: readCounts(batch.budgetId, counts as Record<string, string>) }];
    });
  }

  async delete(batches: Batch[]): Promise<void> {
    const pipeline = this.redis.client.pipeline();
    for (const { key } of batches) pipeline.unlink(key);
    await pipeline.exec();
  }

  /** Goes through all keys: for what was counted, or taken, by a process that died before it could tell or finish. */
  async scan(): Promise<{ budgetIds: string[]; batches: Batch[] }> {
    const budgetIds = new Set<string>();
    const batches = new Map<string, Batch>();
    let cursor = '0';
    do {
      const [next, keys] = await this.redis.client.scan(
        cursor,
        'MATCH',
        usageKeyPattern(this.redis),
        'COUNT',
        SCANNED_AT_ONCE,
      );
      for (const key of keys) {
        const { budgetId, batchId: id } = parseUsageKey(key) ?? {};
        if (!budgetId) continue;
        if (id) batches.set(id, { id, budgetId, key });
        else budgetIds.add(budgetId);
      }
      cursor = next;
    } while (cursor !== '0');
    return { budgetIds: [...budgetIds], batches: [...batches.values()] };
  }
}
