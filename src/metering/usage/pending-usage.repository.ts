import { Injectable } from '@nestjs/common';
import { newId } from '../../platform/ids/index.js';
import { Redis } from '../../platform/redis/index.js';
import { readCounts } from './pending-usage.js';
import { parseUsageKey, usageBatchKey, usageKey, usageKeyPattern, waitingBudgetsKey } from './usage.keys.js';
import type { Usage } from './usage.repository.js';

/** Counts taken out of a budget's hash, which no longer change. The name of the key contains all three. */
export interface Batch {
  id: string;
  budgetId: string;
  /** Key in Redis. */
  key: string;
}

const SCANNED_AT_ONCE = 1_000;

/**
 * Counts that are in Redis and not yet in PostgreSQL: a hash per budget (see Principal), which the script of the limits
 * writes. A batch is taken by renaming the hash, so that no count is in two batches.
 */
@Injectable()
export class PendingUsage {
  constructor(private readonly redis: Redis) {}

  /** Marks budgets as having counts. */
  async mark(budgetIds: string[]): Promise<void> {
    await this.redis.client.sadd(waitingBudgetsKey(this.redis), ...budgetIds);
  }

  /** Takes marked budgets, which no other process gets. If this process dies now, `scan` finds them. */
  takeMarked(count: number): Promise<string[]> {
    return this.redis.client.spop(waitingBudgetsKey(this.redis), count);
  }

  /** Takes the counts of these budgets. */
  async takeBatches(budgetIds: string[]): Promise<Batch[]> {
    const batches = budgetIds.map((budgetId) => {
      const id = newId();
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

  /** Scans all keys for counts and batches that a dead process did not mark or finish. */
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
