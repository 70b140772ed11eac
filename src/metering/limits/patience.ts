/**
 * Waits for replies of Redis as long as it gives signs of life: under load one of them may take long, but when none at all has
 * come for so long, it hangs, and everything that waits is given up.
 */
export class Patience {
  private readonly waiting = new Set<() => void>();
  private lastSignAt = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly ms: number) {}

  /** @throws Error when Redis hangs */
  wait<Reply>(reply: Promise<Reply>): Promise<Reply> {
    if (this.waiting.size === 0) this.lastSignAt = performance.now();
    return new Promise((resolve, reject) => {
      const giveUp = (): void => reject(new Error(`Redis has not answered for ${this.ms} ms`));
      const signOfLife = (): void => {
        this.waiting.delete(giveUp);
        this.lastSignAt = performance.now();
      };
      this.waiting.add(giveUp);
      this.look(this.ms);
      reply.finally(signOfLife).then(resolve, reject);
    });
  }

  private look(inMs: number): void {
    // Not before what has arrived meanwhile was read: this process itself may have been too busy for it.
    this.timer ??= setTimeout(() => setImmediate(() => this.judge()), inMs).unref();
  }

  private judge(): void {
    this.timer = undefined;
    if (this.waiting.size === 0) return;
    const leftMs = this.lastSignAt + this.ms - performance.now();
    if (leftMs > 0) return this.look(leftMs);
    this.waiting.forEach((giveUp) => giveUp());
    this.waiting.clear();
  }
}
