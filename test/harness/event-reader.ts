export interface ServerEvent<Data = Record<string, unknown>> {
  id: string;
  event: string;
  data: Data;
}

/** Reads server-sent events as they arrive, only on demand. */
export class EventReader {
  /** The comments seen so far. */
  readonly comments: string[] = [];
  /** The path that the server sent for resuming this stream, because the process is about to end. */
  readonly resumePaths: string[] = [];
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });
  private text = '';

  constructor(readonly response: Response) {
    this.reader = (response.body as ReadableStream<Uint8Array>).getReader();
  }

  /** The next event; undefined when the stream has ended. */
  async next<Data = Record<string, unknown>>(): Promise<ServerEvent<Data> | undefined> {
    for (;;) {
      const block = await this.nextBlock();
      if (block === undefined) return undefined;
      const [, resumePath] = /^retry: 100\nevent: resume\ndata: \{"path":"(\S+)"\}$/.exec(block) ?? [];
      if (block.startsWith(':')) this.comments.push(block);
      else if (resumePath) this.resumePaths.push(resumePath);
      else return parse(block) as ServerEvent<Data>;
    }
  }

  /** Waits for a comment; fails if an event comes first. */
  async nextComment(): Promise<string> {
    const block = await this.nextBlock();
    if (!block?.startsWith(':')) throw new Error(`expected a comment, got ${block}`);
    return block;
  }

  /** All events up to the end of the stream. */
  async rest(): Promise<ServerEvent[]> {
    const events: ServerEvent[] = [];
    for (let event = await this.next(); event; event = await this.next()) events.push(event);
    return events;
  }

  /** Disconnects. */
  async leave(): Promise<void> {
    await this.reader.cancel();
  }

  private async nextBlock(): Promise<string | undefined> {
    for (;;) {
      const end = this.text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.text.slice(0, end);
        this.text = this.text.slice(end + 2);
        return block;
      }
      const { value, done } = await this.reader.read();
      if (done) {
        if (this.text) throw new Error(`the stream ended within an event: ${this.text}`);
        return undefined;
      }
      this.text += this.decoder.decode(value, { stream: true });
    }
  }
}

/** The concatenated deltas of the events. */
export const textOf = (events: ServerEvent[]): string =>
  events.map(({ event, data }) => (event === 'message' ? String(data['delta']) : '')).join('');

function parse(block: string): ServerEvent {
  const fields = new Map(
    block.split('\n').map((line) => {
      const [, name = '', value = ''] = /^(\w+): (.*)$/.exec(line) ?? [];
      return [name, value];
    }),
  );
  const [id, event, data] = ['id', 'event', 'data'].map((name) => fields.get(name));
  if (!id || !event || !data || fields.size !== 3) throw new Error(`not an event with an id and data: ${block}`);
  return { id, event, data: JSON.parse(data) as Record<string, unknown> };
}
