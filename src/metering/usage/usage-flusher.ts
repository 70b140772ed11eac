import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { PendingUsage, type Batch } from './pending-usage.repository.js';
import { UsageRepository } from './usage.repository.js';

/**
 * Moves counts from Redis to PostgreSQL, each exactly once. A batch is taken, added together with its id in one
 * transaction, and deleted. If the process dies in between, the next one adds the batch, or only deletes it if its id
 * is already in PostgreSQL.
 */
@Injectable()
export class UsageFlusher {
  constructor(
    private readonly database: Database,
    private readonly pending: PendingUsage,
    private readonly usage: UsageRepository,
  ) {}

  /** Moves the current counts of these budgets. */
  async flush(budgetIds: string[]): Promise<void> {
    if (budgetIds.length > 0) await this.add(await this.pending.takeBatches(budgetIds));
  }

  /** Moves the counts of up to `count` marked budgets. Returns how many there were. */
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

  /** Moves the counts left by dead processes, up to `count` batches at a time. */
  async flushLeftOver(count: number): Promise<void> {
    const { budgetIds, batches } = await this.pending.scan();
    for (let at = 0; at < batches.length; at += count) await this.add(batches.slice(at, at + count));
    for (let at = 0; at < budgetIds.length; at += count) await this.flush(budgetIds.slice(at, at + count));
  }

  /** Deletes the ids of batches that no process can still hold. */
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
