import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Config } from '../../platform/config/index.js';
import { Database } from '../../platform/database/index.js';
import { ApiError, notFound } from '../../platform/errors/index.js';
import {
  Drain,
  EventStream,
  ProblemFilter,
  toApiError,
  type Principal,
  type StreamEvent,
} from '../../platform/http/index.js';
import { CachedModel } from './cached-model.js';
import { MessageDto, type ChatDto } from './chat.dto.js';
import { MessagesRepository } from './messages.repository.js';
import { EVENTS_AT_ONCE, StreamLog } from './stream-log.js';
import { TurnService, type Turn } from './turn.service.js';

const WATCH_MS = 200;
const EVENT_ID = /^(\d{1,9})(\.end)?$/;

/** Answers as server-sent events, and takes up a stream that broke off. */
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
    private readonly problems: ProblemFilter,
    private readonly drain: Drain,
  ) {}

  /**
   * Streams the answer. When its reader goes away and nobody takes it up in time, the model is stopped; at once when the reader
   * may not read on.
   */
  async stream(principal: Principal, input: ChatDto, response: Response): Promise<void> {
    const turn = await this.turns.begin(principal, input);
    // Before the client hears where the stream is to be taken up.
    if (!turn.answered) this.log.begin(turn.organizationId, turn.answerId);
    const stream = new EventStream(response, this.problems, {
      'Content-Location': `/api/v1/chat/streams/${turn.answered?.id ?? turn.answerId}`,
    });
    if (turn.answered) {
      for (const event of storedEvents(turn.answered, 0)) await stream.send(event);
      return stream.end();
    }
    const send = async (event: StreamEvent): Promise<void> => {
      const sent = stream.send(event);
      this.log.append(turn.organizationId, turn.answerId, event);
      await sent;
    };
    const abandoned = new AbortController();
    const onClientGone = (): void => void this.waitForReader(turn, abandoned);
    if (stream.clientGone.aborted) onClientGone();
    else stream.clientGone.addEventListener('abort', onClientGone);
    stream.refused.addEventListener('abort', () => abandoned.abort(interrupted()));
    const keepAlive = setInterval(() => this.log.keepAlive(turn.organizationId, turn.answerId), 5_000);
    const running = this.run(turn, abandoned.signal, send, response);
    this.running.set(abandoned, running);
    try {
      await running;
    } finally {
      this.running.delete(abandoned);
      clearInterval(keepAlive);
      abandoned.abort();
      stream.end();
    }
  }

  /**
   * Takes up a stream after the event that was received last, on any process, running or ended.
   * @throws ApiError BAD_REQUEST for an event id that this stream cannot have given out
   */
  async resume(principal: Principal, id: string, lastEventId: string | undefined, response: Response): Promise<void> {
    const [, length, ended] = EVENT_ID.exec(lastEventId ?? '0') ?? [];
    if (length === undefined) throw unknownEvent();
    const { organizationId } = principal;
    let position = Number(length);
    let events = await this.log.read(organizationId, id, position);
    const stored = events ? undefined : await this.findStored(organizationId, id);
    if (!events && !stored) throw notFound();
    const isBeyondEnd = stored
      ? position > stored.content.length
      : events?.length === 0 && (await this.log.hasEnded(organizationId, id));
    if (isBeyondEnd && !ended) throw unknownEvent();
    const stream = new EventStream(response, this.problems);
    if (stored && !ended) for (const event of storedEvents(stored, position)) await stream.send(event);
    while (events && !ended && stream.isOpen) {
      this.log.markRead(organizationId, id);
      for (const event of events) {
        await stream.send(trimmed(event, position));
        position = parseInt(event.id, 10);
        if (event.id.endsWith('.end')) return stream.end();
      }
      if (events.length < EVENTS_AT_ONCE) await sleep(WATCH_MS);
      events = await this.log.read(organizationId, id, position);
      if (!events) await this.sendLost(stream, organizationId, id, position, response);
    }
    stream.end();
  }

  /**
   * Connections are closed by now, but readers may have taken their streams up on other processes: for them answers go on as
   * long as this process may live. What still runs then ends as a part.
   */
  async onApplicationShutdown(): Promise<void> {
    const waiting = new AbortController();
    await Promise.race([
      Promise.allSettled(this.running.values()),
      sleep(this.drain.remainingMs, undefined, { signal: waiting.signal }).catch(() => undefined),
    ]);
    waiting.abort();
    for (const abandoned of this.running.keys()) abandoned.abort(new Error('the server shuts down'));
    await Promise.allSettled(this.running.values());
  }

  private async run(
    turn: Turn,
    signal: AbortSignal,
    send: (event: StreamEvent) => Promise<void>,
    response: Response,
  ): Promise<void> {
    let content = '';
    try {
      const answer = this.answers.stream(turn, signal);
      for (;;) {
        const { value, done } = await answer.next();
        if (done) {
          const message = await this.turns.finish(turn, { content, status: 'complete', ...value });
          return await send(doneEvent(message, content.length));
        }
        content += value;
        await send({ id: String(content.length), event: 'message', data: { delta: value } });
      }
    } catch (error) {
      // What was sent is kept, marked as a part; a message of which nothing was sent is not.
      const partial = content ? await this.turns.interrupt(turn, content).catch(() => undefined) : undefined;
      if (!partial) await this.turns.abandon(turn, content);
      if (signal.aborted && partial) return send(doneEvent(partial, content.length));
      const problem = this.problems.problem(toApiError(error), response.req as Request, response);
      await send({ id: `${content.length}.end`, event: 'error', data: problem });
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
    abandoned.abort(new Error('the client went away'));
  }

  /** The log is gone: the answer was stored meanwhile, or the process that made it died. */
  private async sendLost(
    stream: EventStream,
    organizationId: string,
    id: string,
    position: number,
    response: Response,
  ): Promise<void> {
    const stored = await this.findStored(organizationId, id);
    if (stored) for (const event of storedEvents(stored, position)) await stream.send(event);
    if (stored) return;
    const problem = this.problems.problem(interrupted(), response.req as Request, response);
    await stream.send({ id: `${position}.end`, event: 'error', data: problem });
  }

  private findStored(organizationId: string, id: string): Promise<MessageDto | undefined> {
    return this.database.asTenant(organizationId, async () => {
      const message = await this.messages.find(id);
      return message?.role === 'assistant' ? MessageDto.from(message) : undefined;
    });
  }
}

const unknownEvent = (): ApiError =>
  new ApiError('BAD_REQUEST', { detail: 'Last-Event-ID is not the id of an event of this stream.' });

const interrupted = (): ApiError =>
  new ApiError('SERVICE_UNAVAILABLE', { detail: 'The answer was interrupted.', retryAfterSeconds: 1 });

/** The whole message but its content, which the client has by now. */
function doneEvent({ content: _content, ...message }: MessageDto, length: number): StreamEvent {
  return { id: `${length}.end`, event: 'done', data: message };
}

function storedEvents(message: MessageDto, position: number): StreamEvent[] {
  const { length } = message.content;
  const rest = message.content.slice(position);
  const delta: StreamEvent[] = rest ? [{ id: String(length), event: 'message', data: { delta: rest } }] : [];
  return [...delta, doneEvent(message, length)];
}

/** An event from whose text the client has a part already. */
function trimmed(event: StreamEvent, position: number): StreamEvent {
  const { delta } = event.data as { delta?: string };
  if (delta === undefined) return event;
  const start = parseInt(event.id, 10) - delta.length;
  return { ...event, data: { delta: delta.slice(Math.max(0, position - start)) } };
}
