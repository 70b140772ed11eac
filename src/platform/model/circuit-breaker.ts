/** Consecutive failures after which the server is not called for `OPEN_MS`. */
const MAX_FAILURES = 8;
const OPEN_MS = 10_000;

/**
 * Spares a failing server and the callers that would wait for it. After a pause, a single trial call tests whether it
 * has recovered.
 */
export class CircuitBreaker {
  private failures = 0;
  private closesAt = 0;

  /** Milliseconds until the server may be called. The first call that gets 0 after a pause is the trial. */
  enter(now = Date.now()): number {
    if (this.failures < MAX_FAILURES) return 0;
    if (now < this.closesAt) return this.closesAt - now;
    this.closesAt = now + OPEN_MS;
    return 0;
  }

  get isOpen(): boolean {
    return this.failures >= MAX_FAILURES;
  }

  succeeded(): void {
    this.failures = 0;
  }

  failed(now = Date.now()): void {
    this.failures++;
    if (this.isOpen) this.closesAt = now + OPEN_MS;
  }
}
