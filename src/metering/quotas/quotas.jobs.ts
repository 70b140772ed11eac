import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { QuotasRepository } from './quotas.repository.js';

const SWEEP_MS = 5_000;
const AT_ONCE = 100;

/** Gives back what work that died had set aside. */
@Injectable()
export class QuotasSweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly quotas: QuotasRepository,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running ??= this.sweep().finally(() => (this.running = undefined));
    }, SWEEP_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.running;
  }

  async sweep(): Promise<void> {
    try {
      let expired;
      do {
        expired = await this.database.asPlatform(() => this.quotas.findExpired(AT_ONCE));
        // Each in a transaction of its own: nobody waits for more than one.
        for (const work of expired) await this.database.asPlatform(() => this.quotas.expire(work));
      } while (expired.length === AT_ONCE && !this.stopping);
    } catch (error) {
      this.logger.warn({ err: error }, 'quota sweep: will try again');
    }
  }
}
