/**
 * How a route keeps its promise that a repeated request does its work once: in one `transaction` with its answer; under a
 * `lease` when its work takes longer, or has to commit though it is refused; the same as a `stream` when it writes its answer by
 * itself. What works under a lease notes what it makes (`Idempotency.saveProgress`), and takes up what an earlier try has noted.
 */
export type IdempotencyMode = 'transaction' | 'lease' | 'stream';

export interface IdempotencyRule {
  mode: IdempotencyMode;
  /** Whether programs that have the same scopes stand in for one another. Not where the answer may hold more than these allow. */
  standIn: boolean;
}

export const IDEMPOTENCY = 'parlance:idempotency';
