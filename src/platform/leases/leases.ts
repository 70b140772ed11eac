import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from '../telemetry/index.js';

/** Another holder has the work, or it is no longer needed. */
export class LeaseLost extends Error {
  constructor() {
    super('The lease is lost');
  }
}

/**
 * The leases of one kind that this process holds. One statement extends all of them every few seconds. If the process
 * dies they expire, and another one can claim the work.
 */
export abstract class Leases<Lease> implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly held = new Map<Lease, AbortController>();
  private timer: NodeJS.Timeout | undefined;
  private extending: Promise<void> | undefined;

  /** @param options.everyMs a third of the lease, so that one failure does not end it */
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
   * Extends a claimed lease until it is dropped or lost.
   * @returns a signal that aborts with `LeaseLost` when the loss is noticed. This can be late, so check the holder in
   *   the transaction of any write.
   */
  hold(lease: Lease): AbortSignal {
    const lost = new AbortController();
    this.held.set(lease, lost);
    return lost.signal;
  }

  /** Stops extending a lease. Unless its row is released, it expires by itself. */
  drop(lease: Lease): void {
    this.held.delete(lease);
  }

  /**
   * Extends leases.
   * @returns the positions of the leases that are still held
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
