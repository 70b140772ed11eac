import { once } from 'node:events';
import type { Response } from 'express';
import type { ApiError } from '../errors/index.js';
import { accessWatchOf } from './access-watch.js';
import { clientGone } from './client-gone.js';
import { presentEvent } from './presentation.js';
import { drainOf } from './drain.js';
import type { ProblemFilter } from './problem.filter.js';

const HEARTBEAT_MS = 15_000;
/** A client that takes nothing for so long holds up the model for nobody. */
const STALLED_MS = 60_000;

/** How long a client should wait before it takes a stream up again. */
const RETRY_MS = 100;

const failedMidway = new WeakSet<Response>();
const asides = new WeakSet<Buffer>();

/** Whether an answer that had begun ended with an error. */
export const hasFailedMidway = (response: Response): boolean => failedMidway.has(response);

/** Whether a piece of an answer speaks of the connection, and means nothing to who gets the same answer over another one. */
export const isAside = (chunk: unknown): boolean => Buffer.isBuffer(chunk) && asides.has(chunk);

export interface StreamEvent {
  id: string;
  event: string;
  data: unknown;
}

/**
 * Server-sent events on one answer (WHATWG HTML, 9.2). A comment every 15 s keeps proxies from closing a silent stream. When
 * its caller may not read on, it ends by itself with an `error` event that says why. To be opened outside a transaction.
 */
export class EventStream {
  /** Aborts when the client goes away before the stream has ended. */
  readonly clientGone: AbortSignal;
  private readonly refusal = new AbortController();
  private readonly closed: AbortSignal;
  private readonly heartbeat: NodeJS.Timeout;
  private readonly drained: AbortSignal | undefined;
  private readonly endWatch?: () => void;
  private lastId: string;

  constructor(
    private readonly response: Response,
    private readonly problems: ProblemFilter,
    headers: Record<string, string> = {},
  ) {
    response.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      'X-Accel-Buffering': 'no',
      ...headers,
    });
    response.flushHeaders();
    this.lastId = response.req.get('last-event-id') ?? '0';
    this.clientGone = clientGone(response);
    this.closed = AbortSignal.any([this.clientGone, this.refused]);
    this.heartbeat = setInterval(() => this.writeAside(': keep-alive\n\n'), HEARTBEAT_MS);
    this.drained = drainOf(response.req);
    if (this.drained?.aborted) this.sendElsewhere();
    else this.drained?.addEventListener('abort', this.sendElsewhere);
    this.endWatch = accessWatchOf(response.req)?.((error) => this.refuse(error));
    response.once('close', () => this.stop());
  }

  /** Aborts when the caller may not read on: the credential was revoked, say. */
  get refused(): AbortSignal {
    return this.refusal.signal;
  }

  /** Whether anybody may still be sent anything. */
  get isOpen(): boolean {
    return !this.closed.aborted && !this.response.writableEnded;
  }

  /** Sends one event; resolves when the client can take another. Does nothing once the stream is closed. */
  async send(event: StreamEvent): Promise<void> {
    if (!this.isOpen) return;
    this.lastId = event.id;
    if (this.write(event)) return;
    const stalled = setTimeout(() => this.response.destroy(), STALLED_MS);
    await once(this.response, 'drain', { signal: this.closed }).catch(() => undefined);
    clearTimeout(stalled);
  }

  end(): void {
    this.stop();
    this.response.end();
  }

  /**
   * This process ends soon: the client may go and take the stream up elsewhere. If it does not, it is sent on until the process
   * ends. The event has no id, so that the last one stays what it was.
   */
  private readonly sendElsewhere = (): void => {
    const path = this.response.getHeader('Content-Location') ?? this.response.req.originalUrl;
    if (this.isOpen) this.writeAside(`retry: ${RETRY_MS}\nevent: resume\ndata: ${JSON.stringify({ path })}\n\n`);
  };

  /** The id is that of the event before: after it the stream can be taken up, by somebody who may. */
  private refuse(error: ApiError): void {
    if (!this.isOpen) return;
    const data = this.problems.problem(error, this.response.req, this.response);
    this.write({ id: this.lastId, event: 'error', data });
    this.end();
    const stalled = setTimeout(() => this.response.destroy(), STALLED_MS);
    this.response.once('close', () => clearTimeout(stalled));
    this.refusal.abort(error);
  }

  private writeAside(text: string): void {
    const aside = Buffer.from(text);
    asides.add(aside);
    this.response.write(aside);
  }

  private write({ id, event, data }: StreamEvent): boolean {
    if (event === 'error') failedMidway.add(this.response);
    const text = JSON.stringify(presentEvent(this.response, event, data));
    return this.response.write(`id: ${id}\nevent: ${event}\ndata: ${text}\n\n`);
  }

  private stop(): void {
    clearInterval(this.heartbeat);
    this.drained?.removeEventListener('abort', this.sendElsewhere);
    this.endWatch?.();
  }
}
