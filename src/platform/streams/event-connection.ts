import { once } from 'node:events';
import type { Response } from 'express';
import type { ApiError } from '../errors/index.js';
import { accessWatchOf, clientGone, presentEvent, type ProblemFilter } from '../http/index.js';
import { drainOf } from '../server/index.js';
import { fail, type ErrorEvent, type Reader, type StreamEvent } from './stream.js';

const HEARTBEAT_MS = 15_000;
/** After this time, a client that reads nothing no longer delays the model. */
const STALLED_MS = 60_000;

/** How long a client should wait before it resumes a stream. */
const RETRY_MS = 100;

const failedMidway = new WeakSet<Response>();
const asides = new WeakSet<Buffer>();

/** Whether a response that had begun ended with an error. */
export const hasFailedMidway = (response: Response): boolean => failedMidway.has(response);

/** Whether a chunk concerns its connection only; it is never replayed. */
export const isAside = (chunk: unknown): boolean => Buffer.isBuffer(chunk) && asides.has(chunk);

/**
 * Server-sent events on one response (WHATWG HTML, 9.2). A comment every 15 s keeps proxies from closing a silent
 * stream. If the caller loses access, the stream ends with an `error` event that says why. Open it outside a
 * transaction.
 */
export class EventConnection implements Reader {
  readonly gone: AbortSignal;
  private readonly refusal = new AbortController();
  private readonly closed: AbortSignal;
  private readonly drained: AbortSignal | undefined;
  private heartbeat?: NodeJS.Timeout;
  private endWatch?: () => void;
  private lastId: string;

  constructor(
    private readonly response: Response,
    private readonly problems: ProblemFilter,
  ) {
    this.lastId = response.req.get('last-event-id') ?? '0';
    this.gone = clientGone(response);
    this.closed = AbortSignal.any([this.gone, this.refused]);
    this.drained = drainOf(response.req);
  }

  get refused(): AbortSignal {
    return this.refusal.signal;
  }

  get isOpen(): boolean {
    return !this.closed.aborted && !this.response.writableEnded;
  }

  /** Sends the headers, before the first event. */
  open(resumePath: string | undefined): void {
    this.response.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      'X-Accel-Buffering': 'no',
      ...(resumePath !== undefined && { 'Content-Location': resumePath }),
    });
    this.response.flushHeaders();
    this.heartbeat = setInterval(() => this.writeAside(': keep-alive\n\n'), HEARTBEAT_MS);
    if (this.drained?.aborted) this.sendElsewhere();
    else this.drained?.addEventListener('abort', this.sendElsewhere);
    this.endWatch = accessWatchOf(this.response.req)?.((error) => this.refuse(error));
    if (this.response.destroyed) this.stop();
    else this.response.once('close', () => this.stop());
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

  /** Ends with an error. Its id is that of the previous event, after which the stream can be resumed. */
  fail(error: ApiError): void {
    if (this.isOpen) this.write(fail(this.lastId, error));
    this.end();
  }

  end(): void {
    this.stop();
    this.response.end();
  }

  /**
   * This process stops soon, so the client can resume the stream elsewhere. If it does not, it receives events until
   * the process ends. The event has no id, so the last id stays valid.
   */
  private readonly sendElsewhere = (): void => {
    const path = this.response.getHeader('Content-Location') ?? this.response.req.originalUrl;
    if (this.isOpen) this.writeAside(`retry: ${RETRY_MS}\nevent: resume\ndata: ${JSON.stringify({ path })}\n\n`);
  };

  private refuse(error: ApiError): void {
    if (!this.isOpen) return;
    this.fail(error);
    const stalled = setTimeout(() => this.response.destroy(), STALLED_MS);
    this.response.once('close', () => clearTimeout(stalled));
    this.refusal.abort(error);
  }

  private writeAside(text: string): void {
    const aside = Buffer.from(text);
    asides.add(aside);
    this.response.write(aside);
  }

  private write(event: StreamEvent): boolean {
    const data = JSON.stringify(presentEvent(this.response, event.event, this.dataOf(event)));
    return this.response.write(`id: ${event.id}\nevent: ${event.event}\ndata: ${data}\n\n`);
  }

  private dataOf(event: StreamEvent): unknown {
    if (!isError(event)) return event.data;
    failedMidway.add(this.response);
    return this.problems.problem(event.data, this.response.req, this.response);
  }

  private stop(): void {
    clearInterval(this.heartbeat);
    this.drained?.removeEventListener('abort', this.sendElsewhere);
    this.endWatch?.();
  }
}

const isError = (event: StreamEvent): event is ErrorEvent => event.event === 'error';
