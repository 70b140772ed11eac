import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Logger } from '../telemetry/index.js';

/**
 * Work that a worker repeats from its start. Only one run is active at a time, and it completes before the process
 * ends. A failed run is logged and tried again at the next interval.
 */
export abstract class Sweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** Whether a run with many steps should stop after this step. */
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
