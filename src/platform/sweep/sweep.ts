import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Logger } from '../telemetry/index.js';

/**
 * What a worker does again and again, from its start: once at a time, and over before the process ends. A sweep that fails is
 * logged and tried again the next time.
 */
export abstract class Sweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** Whether a sweep of many steps is to end with this one. */
  protected stopping = false;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly logger: Logger,
    private readonly options: { name: string; everyMs: number },
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.start(), this.options.everyMs);
    this.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.running;
  }

  protected abstract sweep(): Promise<void>;

  private start(): void {
    this.running ??= this.sweep()
      .catch((error: unknown) => this.logger.warn({ err: error }, `${this.options.name} sweep failed; retrying`))
      .finally(() => (this.running = undefined));
  }
}
