import { Injectable } from '@nestjs/common';
import { Redis } from '../../platform/redis/index.js';
import { Sweep } from '../../platform/sweep/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { UsageFlusher } from './usage-flusher.js';

const LEFT_OVER_MS = 60_000;
const AT_ONCE = 500;

/** Moves usage once a second. At the start and once a minute, it also moves the counts left by dead processes. */
@Injectable()
export class UsageSweep extends Sweep {
  private lookedForLeftOverAt = 0;

  constructor(
    private readonly redis: Redis,
    private readonly flusher: UsageFlusher,
    logger: Logger,
  ) {
    super(logger, { name: 'usage', everyMs: 1_000 });
  }

  protected async sweep(): Promise<void> {
    if (!this.redis.isAvailable) return;
    try {
      while (!this.stopping && (await this.flusher.flushMarked(AT_ONCE)) === AT_ONCE);
      const now = Date.now();
      if (now - this.lookedForLeftOverAt < LEFT_OVER_MS || this.stopping) return;
      await this.flusher.flushLeftOver(AT_ONCE);
      await this.flusher.forgetOldBatches();
      this.lookedForLeftOverAt = now;
    } catch (error) {
      // Search for batches next time: some were taken but not added.
      this.lookedForLeftOverAt = 0;
      throw error;
    }
  }
}
