/** A tenth of the calls may be repeated, and some more at first: repeats must not multiply the load on a failing server. */
const PER_CALL = 0.1;
const MAX_SAVED = 10;

export class RetryBudget {
  private saved = MAX_SAVED;

  /** A new call earns a part of a repeat. */
  earn(): void {
    this.saved = Math.min(MAX_SAVED, this.saved + PER_CALL);
  }

  /** Whether a repeat can be afforded; then it is paid. */
  spend(): boolean {
    if (this.saved < 1) return false;
    this.saved--;
    return true;
  }
}
