import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../../platform/config/index.js';
import { Database } from '../../platform/database/index.js';
import { ApiError, notFound } from '../../platform/errors/index.js';
import type { Principal } from '../../identity/permissions/index.js';
import { Drain } from '../../platform/server/index.js';
import type { EventStream, Reader } from '../../platform/streams/index.js';
import { CachedModel } from './cached-model.js';
import { MessageDto, type ChatDto } from './chat.dto.js';
import {
  deltaEvent,
  doneEvent,
  failedEvent,
  isLast,
  parseEventId,
  positionOf,
  storedEvents,
  trimmed,
  type ChatEvent,
} from './chat-stream-events.js';
import { MessagesRepository } from './messages.repository.js';
import { EVENTS_AT_ONCE, StreamLog } from './stream-log.js';
import type { Turn } from './turn.js';
import { TurnService } from './turn.service.js';

const WATCH_MS = 200;

/** Streams answers as events and resumes interrupted streams. */
@Injectable()
export class ChatStreamsService implements OnApplicationShutdown {
  private readonly running = new Map<AbortController, Promise<void>>();

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly turns: TurnService,
    private readonly answers: CachedModel,
    private readonly messages: MessagesRepository,
    private readonly log: StreamLog,
    private readonly drain: Drain,
  ) {}

  /**
   * Streams the answer. If the reader disconnects and nobody resumes the stream in time, the model is aborted. If the reader
   * loses access, the model is aborted immediately.
   */
  async stream(principal: Principal, input: ChatDto, reader: Reader): Promise<EventStream<ChatEvent>> {
    const turn = await this.turns.begin(principal, input);
    const resumePath = `/api/v1/chat/streams/${turn.answerId}`;
    if (turn.answered) return { resumePath, events: storedEvents(turn.answered) };
    // Before the client learns the address for resuming.
    this.log.begin(turn.organizationId, turn.answerId);
    return { resumePath, events: this.run(turn, reader) };
  }

  /**
   * Resumes a running or ended stream after the last received event, on any process.
   * @returns undefined if that event was the last one, `done` or `error`
   * @throws ApiError BAD_REQUEST for an event id that this stream cannot have sent
   */
  async resume(
    { organizationId }: Principal,
    id: string,
    lastEventId: string | undefined,
    reader: Reader,
  ): Promise<EventStream<ChatEvent> | undefined> {
    const last = parseEventId(lastEventId ?? '0');
    if (!last) throw unknownEvent();
    const { position, isEnd } = last;
    const logged = await this.log.read(organizationId, id, position);
    const stored = logged ? undefined : await this.findStored(organizationId, id);
    if (!logged && !stored) throw notFound('Stream', id);
    const isBeyondEnd = stored ? position > stored.content.length : logged?.isBeyondEnd;
    if (isBeyondEnd && !isEnd) throw unknownEvent();
    if (isEnd) return undefined;
    return { events: stored ? storedEvents(stored, position) : this.follow(organizationId, id, position, reader) };
  }

  /**
   * All connections are closed by now, but readers may have resumed their streams on other processes. Their answers continue
   * until the shutdown deadline. Answers still running then are stored as partial.
   */
  async onApplicationShutdown(): Promise<void> {
    const waiting = new AbortController();
    await Promise.race([
      Promise.allSettled(this.running.values()),
      sleep(this.drain.remainingMs, undefined, { signal: waiting.signal }).catch(() => undefined),
    ]);
    waiting.abort();
    for (const abandoned of this.running.keys()) abandoned.abort(new Error('the server is shutting down'));
    await Promise.allSettled(this.running.values());
  }

  /** The events of an answer, logged so that any process can resume them. */
  private async *run(turn: Turn, reader: Reader): AsyncGenerator<ChatEvent> {
    const { organizationId, answerId } = turn;
    const abandoned = new AbortController();
    onAbort(reader.gone, () => void this.waitForReader(turn, abandoned));
    onAbort(reader.refused, () => abandoned.abort(interrupted()));
    const keepAlive = setInterval(() => this.log.keepAlive(organizationId, answerId), 5_000);
    let onEnd: () => void = () => undefined;
    this.running.set(abandoned, new Promise((resolve) => (onEnd = resolve)));
    try {
      for await (const event of this.answer(turn, abandoned.signal)) {
        this.log.append(organizationId, answerId, event);
        yield event;
      }
    } finally {
      this.running.delete(abandoned);
      clearInterval(keepAlive);
      abandoned.abort();
      onEnd();
    }
  }

  private async *answer(turn: Turn, signal: AbortSignal): AsyncGenerator<ChatEvent> {
    const answer = this.answers.ask(turn, signal);
    try {
      for await (const delta of answer) yield deltaEvent(delta, answer.content.length);
      yield doneEvent(await this.turns.finish(turn, answer.result), answer.content.length);
    } catch (error) {
      // The text already sent is stored as a partial answer; without any text, no answer is stored.
      const { content } = answer;
      const partial = content ? await this.turns.interrupt(turn, content).catch(() => undefined) : undefined;
      if (!partial) await this.turns.abandon(turn, content);
      yield signal.aborted && partial ? doneEvent(partial, content.length) : failedEvent(error, content.length);
    }
  }

  /** Aborts an answer that nobody has read for STREAM_RESUME_SECONDS. */
  private async waitForReader(turn: Turn, abandoned: AbortController): Promise<void> {
    const patience = this.config.get('STREAM_RESUME_SECONDS') * 1000;
    let deadline = Date.now() + patience;
    while (!abandoned.signal.aborted && Date.now() < deadline) {
      await sleep(Math.min(WATCH_MS, patience));
      if (await this.log.hasReader(turn.organizationId, turn.answerId)) deadline = Date.now() + patience;
    }
    abandoned.abort(new Error('the client disconnected'));
  }

  /** The events of an answer that another process may be generating, as long as there is a reader. */
  private async *follow(
    organizationId: string,
    id: string,
    position: number,
    reader: Reader,
  ): AsyncGenerator<ChatEvent> {
    while (reader.isOpen) {
      const logged = await this.log.read(organizationId, id, position);
      if (!logged) return yield* await this.lostEvents(organizationId, id, position);
      const { events, isBeyondEnd } = logged;
      if (isBeyondEnd) {
        yield failedEvent(unknownEvent(), position);
        return;
      }
      this.log.markRead(organizationId, id);
      for (const event of events) {
        yield trimmed(event, position);
        position = positionOf(event);
        if (isLast(event)) return;
      }
      if (events.length < EVENTS_AT_ONCE) await sleep(WATCH_MS);
    }
  }

  /** The log is gone: either the answer has been stored since, or the process that generated it died. */
  private async lostEvents(organizationId: string, id: string, position: number): Promise<ChatEvent[]> {
    const stored = await this.findStored(organizationId, id);
    return stored ? storedEvents(stored, position) : [failedEvent(interrupted(), position)];
  }

  private findStored(organizationId: string, id: string): Promise<MessageDto | undefined> {
    return this.database.asTenant(organizationId, async () => {
      const message = await this.messages.find(id);
      return message?.role === 'assistant' ? MessageDto.from(message) : undefined;
    });
  }
}

function onAbort(signal: AbortSignal, work: () => void): void {
  if (signal.aborted) work();
  else signal.addEventListener('abort', work, { once: true });
}

const unknownEvent = (): ApiError =>
  new ApiError('BAD_REQUEST', {
    detail:
      '`Last-Event-ID` is not an event id of this stream. Send the id of the last event you received, or omit the header.',
  });

const interrupted = (): ApiError =>
  new ApiError('SERVICE_UNAVAILABLE', {
    detail: 'The answer was interrupted. Send the message again.',
    retryAfterSeconds: 1,
  });
