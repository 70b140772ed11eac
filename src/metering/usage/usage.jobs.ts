import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Redis } from '../../platform/redis/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { UsageFlusher } from './usage-flusher.js';

const FLUSH_MS = 1_000;
const LEFT_OVER_MS = 60_000;
const AT_ONCE = 500;

/** Flushes usage once a second, and once a minute what somebody has left behind; at the start at once. */
@Injectable()
export class UsageJobs implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopping = false;
  private lookedForLeftOverAt = 0;

  constructor(
    private readonly redis: Redis,
    private readonly flusher: UsageFlusher,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running ??= this.round().finally(() => (this.running = undefined));
    }, FLUSH_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.running;
  }

  private async round(): Promise<void> {
    if (!this.redis.isAvailable) return;
    try {
      while (!this.stopping && (await this.flusher.flushMarked(AT_ONCE)) === AT_ONCE);
      const now = Date.now();
      if (now - this.lookedForLeftOverAt < LEFT_OVER_MS || this.stopping) return;
      await this.flusher.flushLeftOver(AT_ONCE);
      await this.flusher.forgetOldBatches();
      this.lookedForLeftOverAt = now;
    } catch (error) {
      this.logger.warn({ err: error }, 'usage not flushed: it stays in Redis and is tried again');
      // What was taken and not added is found there.
      this.lookedForLeftOverAt = 0;
    }
  }
}
