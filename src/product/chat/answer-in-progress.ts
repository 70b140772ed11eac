/** An answer while it is generated: iterate over its parts with `for await`, then read `result`. */
export class AnswerInProgress<Result> implements AsyncIterable<string> {
  /** The text received so far. */
  content = '';
  /** Set once the answer has been read to its end. */
  result!: Result;

  constructor(private readonly parts: AsyncGenerator<string, Result>) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    for (let part = await this.read(); part !== undefined; part = await this.read()) yield part;
  }

  /** Reads the answer to its end. */
  async readAll(): Promise<void> {
    while ((await this.read()) !== undefined);
  }

  private async read(): Promise<string | undefined> {
    const { value, done } = await this.parts.next();
    if (done) {
      this.result = value;
      return undefined;
    }
    this.content += value;
    return value;
  }
}
