import { EventSourceParserStream } from 'eventsource-parser/stream';

/** One server-sent event. */
export interface ServerEvent {
  event: string;
  id: string | undefined;
  data: unknown;
}

/** Reads the events of a stream; comments are skipped. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const messages = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { event = 'message', id, data } of messages) yield { event, id, data: JSON.parse(data) };
}
