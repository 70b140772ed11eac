/** Ends a request early with its stored response, which the error filter sends. */
export class ReplayedAnswer extends Error {
  constructor(
    readonly status: number,
    readonly headers: Record<string, string>,
    readonly body: string,
  ) {
    super('answered before');
  }
}
