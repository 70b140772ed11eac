import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from '../telemetry/index.js';

/** Another holder has the work now, or nobody wants it any more. */
export class LeaseLost extends Error {
  constructor() {
    super('The lease is lost');
  }
}

/**
 * The leases of one kind that this process holds. While it lives, all of them are extended together, by one statement every
 * few seconds; when it dies they run out, and somebody else may claim the work.
 */
export abstract class Leases<Lease> implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly held = new Map<Lease, AbortController>();
  private timer: NodeJS.Timeout | undefined;
  private extending: Promise<void> | undefined;

  /** @param options.everyMs a third of how long a lease lasts, so that one failure does not end it */
  constructor(
    private readonly logger: Logger,
    private readonly options: { name: string; everyMs: number },
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.extending ??= this.extendAll().finally(() => (this.extending = undefined));
    }, this.options.everyMs).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.extending;
  }

  /**
   * Extends a lease that was claimed, until it is dropped or lost.
   * @returns aborted with `LeaseLost` when it is noticed that the lease is lost. What must not happen then has to check the
   *   holder in its own transaction: the notice may come late
   */
  hold(lease: Lease): AbortSignal {
    const lost = new AbortController();
    this.held.set(lease, lost);
    return lost.signal;
  }

  /** Extends it no longer. Unless its row is released, it runs out by itself. */
  drop(lease: Lease): void {
    this.held.delete(lease);
  }

  /**
   * Extends leases.
   * @returns the positions of those that are still held
   */
  abstract extend(leases: Lease[]): Promise<number[]>;

  private async extendAll(): Promise<void> {
    const leases = [...this.held.keys()];
    if (leases.length === 0) return;
    try {
      const kept = new Set(await this.extend(leases));
      for (const lost of leases.filter((_, position) => !kept.has(position))) {
        this.held.get(lost)?.abort(new LeaseLost());
        this.drop(lost);
      }
    } catch (error) {
      this.logger.warn({ err: error }, `${this.options.name} leases not extended; retrying`);
    }
  }
}
