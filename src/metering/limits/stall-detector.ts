const TICK_MS = 20;

/**
 * Waits for replies of Redis while any reply arrives: under load a single one can take long. If none arrives for the
 * given time, Redis hangs, and all waiting calls fail. Time in which this process was too busy to read replies does not
 * count.
 */
export class StallDetector {
  private readonly waiting = new Set<(error: Error) => void>();
  private silentMs = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly ms: number) {}

  /** @throws Error if Redis hangs */
  wait<Reply>(reply: Promise<Reply>): Promise<Reply> {
    if (this.waiting.size === 0) this.silentMs = 0;
    return new Promise((resolve, reject) => {
      this.waiting.add(reject);
      this.tick();
      reply.then(
        (value) => {
          this.hear(reject);
          resolve(value);
        },
        (error: Error) => {
          this.hear(reject);
          reject(error);
        },
      );
    });
  }

  private hear(waiter: (error: Error) => void): void {
    this.waiting.delete(waiter);
    this.silentMs = 0;
  }

  private tick(): void {
    // Each tick counts once, even if it is late, and only after the replies that have arrived are read.
    this.timer ??= setTimeout(() => setImmediate(() => this.judge()), TICK_MS).unref();
  }

  private judge(): void {
    this.timer = undefined;
    if (this.waiting.size === 0) return;
    this.silentMs += TICK_MS;
    if (this.silentMs <= this.ms) return this.tick();
    const error = new Error(`Redis has not answered for ${this.ms} ms`);
    this.waiting.forEach((giveUp) => giveUp(error));
    this.waiting.clear();
  }
}
