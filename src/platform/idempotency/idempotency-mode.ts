/**
 * How a route does the work of a repeated request once. `transaction`: the work and its response are stored in one
 * transaction. `lease`: the work takes longer, or must commit even if it is refused. `stream`: the same, and the
 * handler writes its own response. Work under a lease saves its progress (`Idempotency.saveProgress`) and continues
 * from that of an earlier try.
 */
export type IdempotencyMode = 'transaction' | 'lease' | 'stream';

export interface IdempotencyRule {
  mode: IdempotencyMode;
  /**
   * Whether API keys with equal scopes share results. Set it to false if the response can contain more than these
   * scopes allow.
   */
  standIn: boolean;
}

export const IDEMPOTENCY = 'parlance:idempotency';
