/** A tenth of the calls may be repeated, and ten more at first, so that retries do not multiply the load on a failing server. */
const PER_CALL = 0.1;
const MAX_SAVED = 10;

export class RetryBudget {
  private saved = MAX_SAVED;

  /** Adds part of a retry for a new call. */
  earn(): void {
    this.saved = Math.min(MAX_SAVED, this.saved + PER_CALL);
  }

  /** Takes a retry; returns false if none is left. */
  spend(): boolean {
    if (this.saved < 1) return false;
    this.saved--;
    return true;
  }
}
