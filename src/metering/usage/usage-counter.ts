import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Logger } from '../../platform/telemetry/index.js';
import { usageFieldOf } from './pending-usage.js';
import { PendingUsage } from './pending-usage.repository.js';
import { UsageRepository, type Usage } from './usage.repository.js';

const WRITE_EVERY_MS = 1_000;
/** So many rows are kept while they cannot be written; what would make further ones is not counted. */
const MAX_ROWS = 100_000;

/**
 * A process' part in counting. Redis counts a request together with its limits; this process then only says, once a second, of
 * which budgets something waits there. What Redis did not count, because it was away or the caller has no limits, is
 * counted here and written once a second: of that, a process that is killed loses its last second.
 */
@Injectable()
export class UsageCounter implements OnApplicationBootstrap, OnApplicationShutdown {
  private counts = new Map<string, Usage>();
  private touched = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> | undefined;

  constructor(
    private readonly usage: UsageRepository,
    private readonly pending: PendingUsage,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    // Of writes only one is under way at a time, however long PostgreSQL takes.
    this.timer = setInterval(() => {
      this.writing ??= this.write().finally(() => (this.writing = undefined));
    }, WRITE_EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.writing;
    await this.write();
  }

  /** What Redis has counted under this budget has changed. */
  noteCounted(budgetId: string): void {
    this.touched.add(budgetId);
  }

  /** Counts a request that Redis has not counted. */
  count(usage: Omit<Usage, 'requests'>): void {
    this.add({ ...usage, requests: 1 });
  }

  private add(usage: Usage): void {
    const key = `${usage.organizationId} ${usageFieldOf(usage, usage.organizationId)}`;
    const known = this.counts.get(key);
    if (known) known.requests += usage.requests;
    else if (this.counts.size < MAX_ROWS) this.counts.set(key, usage);
  }

  private async write(): Promise<void> {
    await Promise.all([this.writeCounts(), this.writeTouched()]);
  }

  private async writeTouched(): Promise<void> {
    if (this.touched.size === 0) return;
    const touched = [...this.touched];
    this.touched = new Set();
    // Redis away: kept for the next time.
    await this.pending.mark(touched).catch(() => touched.forEach((budgetId) => this.touched.add(budgetId)));
  }

  private async writeCounts(): Promise<void> {
    if (this.counts.size === 0) return;
    const usages = [...this.counts.values()];
    this.counts = new Map();
    const unwritten = await this.usage.add(usages);
    if (!unwritten) return;
    this.logger.warn({ err: unwritten.error }, 'usage not written; kept for a retry');
    unwritten.rows.forEach((usage) => this.add(usage));
  }
}
