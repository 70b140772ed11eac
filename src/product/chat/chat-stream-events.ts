import { fail, type ErrorEvent, type StreamEvent } from '../../platform/streams/index.js';
import type { MessageDto } from './chat.dto.js';

/**
 * The events of a streamed answer. An event's id is the length of the answer up to and including the event (UTF-16 code
 * units); the id of the last event is `<length>.end`.
 */
export type ChatEvent = DeltaEvent | DoneEvent | ErrorEvent;

type DeltaEvent = StreamEvent<'message', { delta: string }>;
/** The whole message without its content, which the client already has. */
type DoneEvent = StreamEvent<'done', Omit<MessageDto, 'content'>>;

const EVENT_ID = /^(\d{1,9})(\.end)?$/;

/** The position in an event id; undefined if the id is malformed. */
export function parseEventId(id: string): { position: number; isEnd: boolean } | undefined {
  const [, length, end] = EVENT_ID.exec(id) ?? [];
  return length === undefined ? undefined : { position: Number(length), isEnd: end !== undefined };
}

export const positionOf = ({ id }: ChatEvent): number => parseInt(id, 10);

export const isLast = ({ id }: ChatEvent): boolean => id.endsWith('.end');

/** @param length the length of the answer including this delta */
export const deltaEvent = (delta: string, length: number): DeltaEvent => ({
  id: String(length),
  event: 'message',
  data: { delta },
});

/** @param length the length of the text sent: longer than the answer if its beginning turned out to be reasoning */
export const doneEvent = ({ content, ...message }: MessageDto, length = content.length): DoneEvent => ({
  id: `${length}.end`,
  event: 'done',
  data: message,
});

export const failedEvent = (thrown: unknown, length: number): ErrorEvent => fail(`${length}.end`, thrown);

/** The remaining events of a stored answer. */
export function storedEvents(message: MessageDto, position = 0): ChatEvent[] {
  const rest = message.content.slice(position);
  return [...(rest ? [deltaEvent(rest, message.content.length)] : []), doneEvent(message)];
}

/** The event without the text that the client already has. */
export function trimmed(event: ChatEvent, position: number): ChatEvent {
  if (event.event !== 'message') return event;
  const { delta } = event.data;
  const start = positionOf(event) - delta.length;
  return deltaEvent(delta.slice(Math.max(0, position - start)), positionOf(event));
}
