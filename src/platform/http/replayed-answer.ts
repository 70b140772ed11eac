/** Leaves the way of a request early, with the answer that it had the first time. The error filter sends it. */
export class ReplayedAnswer extends Error {
  constructor(
    readonly status: number,
    readonly headers: Record<string, string>,
    readonly body: string,
  ) {
    super('answered before');
  }
}
