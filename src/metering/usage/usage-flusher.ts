import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { PendingUsage, type Batch } from './pending-usage.repository.js';
import { UsageRepository } from './usage.repository.js';

/**
 * Carries counts from Redis into PostgreSQL, each exactly once: a batch is taken, added together with its id in one
 * transaction, and deleted. Whoever dies in between leaves a batch that the next one adds, or, if its id stands in
 * PostgreSQL already, only deletes.
 */
@Injectable()
export class UsageFlusher {
  constructor(
    private readonly database: Database,
    private readonly pending: PendingUsage,
    private readonly usage: UsageRepository,
  ) {}

  /** Flushes what is counted under these budgets by now. */
  async flush(budgetIds: string[]): Promise<void> {
    if (budgetIds.length > 0) await this.add(await this.pending.takeBatches(budgetIds));
  }

  /** Flushes budgets of which something waits, up to so many; returns how many there were. */
  async flushMarked(count: number): Promise<number> {
    const budgetIds = await this.pending.takeMarked(count);
    try {
      await this.flush(budgetIds);
    } catch (error) {
      await this.pending.mark(budgetIds).catch(() => undefined);
      throw error;
    }
    return budgetIds.length;
  }

  /** Flushes what processes that died have left, so many at a time. */
  async flushLeftOver(count: number): Promise<void> {
    const { budgetIds, batches } = await this.pending.scan();
    for (let at = 0; at < batches.length; at += count) await this.add(batches.slice(at, at + count));
    for (let at = 0; at < budgetIds.length; at += count) await this.flush(budgetIds.slice(at, at + count));
  }

  /** Forgets the ids of batches that nobody can hold any more. */
  async forgetOldBatches(): Promise<void> {
    await this.database.asPlatform(() => this.usage.deleteOldBatches());
  }

  private async add(batches: Batch[]): Promise<void> {
    if (batches.length === 0) return;
    const contents = await this.pending.read(batches);
    await this.database.inSharedTransaction(async () => {
      const ids = batches.map(({ id }) => id);
      const added = new Set(await this.database.asPlatform(() => this.usage.insertBatches(ids)));
      const usages = contents.filter(({ batch }) => added.has(batch.id)).flatMap(({ usages }) => usages);
      const unwritten = await this.usage.add(usages);
      if (unwritten) throw unwritten.error;
    });
    await this.pending.delete(batches);
  }
}
