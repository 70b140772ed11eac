import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Logger } from '../../platform/telemetry/index.js';
import { usageFieldOf } from './pending-usage.js';
import { PendingUsage } from './pending-usage.repository.js';
import { UsageRepository, type Usage } from './usage.repository.js';

const WRITE_EVERY_MS = 1_000;
/** Maximum number of rows kept while they cannot be written. Requests that need more rows are not counted. */
const MAX_ROWS = 100_000;

/**
 * Counts the requests of this process. Redis counts most requests together with their limits; this process only marks
 * their budgets once a second. It counts by itself if Redis is unavailable or the caller has no limits, and writes those
 * counts once a second. If it is killed, it loses the counts of the last second.
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
    // Only one write runs at a time, however long PostgreSQL takes.
    this.timer = setInterval(() => {
      this.writing ??= this.write().finally(() => (this.writing = undefined));
    }, WRITE_EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.writing;
    await this.write();
  }

  /** Redis has counted a request of this budget. */
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
    // Redis is unavailable: keep them until the next time.
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
