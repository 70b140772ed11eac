import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Logger } from '../../platform/telemetry/index.js';
import { OrganizationLifecycle } from './organization-lifecycle.js';

const SWEEP_MS = 5_000;

/** Deletes for good the organizations whose time is up, each in a transaction of its own, whichever worker comes first. */
@Injectable()
export class OrganizationsSweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopping = false;

  constructor(
    private readonly lifecycle: OrganizationLifecycle,
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

  private async sweep(): Promise<void> {
    try {
      while (!this.stopping && (await this.lifecycle.purgeNext()));
    } catch (error) {
      this.logger.warn({ err: error }, 'organizations sweep: will try again');
    }
  }
}
