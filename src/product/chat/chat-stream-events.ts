import { fail, type ErrorEvent, type StreamEvent } from '../../platform/streams/index.js';
import type { MessageDto } from './chat.dto.js';

/**
 * What a stream of an answer consists of. An event's id is the length of the answer up to it (UTF-16 code units), and
 * `<length>.end` for the last event.
 */
export type ChatEvent = DeltaEvent | DoneEvent | ErrorEvent;

type DeltaEvent = StreamEvent<'message', { delta: string }>;
/** The whole message but its content, which the client has by now. */
type DoneEvent = StreamEvent<'done', Omit<MessageDto, 'content'>>;

const EVENT_ID = /^(\d{1,9})(\.end)?$/;

/** The place that an event's id names; undefined for what is no such id. */
export function parseEventId(id: string): { position: number; isEnd: boolean } | undefined {
  const [, length, end] = EVENT_ID.exec(id) ?? [];
  return length === undefined ? undefined : { position: Number(length), isEnd: end !== undefined };
}

export const positionOf = ({ id }: ChatEvent): number => parseInt(id, 10);

export const isLast = ({ id }: ChatEvent): boolean => id.endsWith('.end');

/** @param length of the answer with this delta */
export const deltaEvent = (delta: string, length: number): DeltaEvent => ({
  id: String(length),
  event: 'message',
  data: { delta },
});

/** @param length of what was sent: more than the answer, if its beginning turned out to be reasoning */
export const doneEvent = ({ content, ...message }: MessageDto, length = content.length): DoneEvent => ({
  id: `${length}.end`,
  event: 'done',
  data: message,
});

export const failedEvent = (thrown: unknown, length: number): ErrorEvent => fail(`${length}.end`, thrown);

/** The rest of a stored answer. */
export function storedEvents(message: MessageDto, position = 0): ChatEvent[] {
  const rest = message.content.slice(position);
  return [...(rest ? [deltaEvent(rest, message.content.length)] : []), doneEvent(message)];
}

/** An event of whose text the client has a part already. */
export function trimmed(event: ChatEvent, position: number): ChatEvent {
  if (event.event !== 'message') return event;
  const { delta } = event.data;
  const start = positionOf(event) - delta.length;
  return deltaEvent(delta.slice(Math.max(0, position - start)), positionOf(event));
}
