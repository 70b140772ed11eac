import { once } from 'node:events';
import type { Response } from 'express';

const HEARTBEAT_MS = 15_000;

export interface StreamEvent {
  id: string;
  event: string;
  data: unknown;
}

/** Server-sent events on one answer (WHATWG HTML, 9.2). A comment every 15 s keeps proxies from closing a silent stream. */
export class EventStream {
  private readonly heartbeat: NodeJS.Timeout;
  private readonly gone = new AbortController();

  constructor(
    private readonly response: Response,
    headers: Record<string, string> = {},
  ) {
    response.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      'X-Accel-Buffering': 'no',
      ...headers,
    });
    response.flushHeaders();
    response.once('close', () => {
      clearInterval(this.heartbeat);
      if (!response.writableFinished) this.gone.abort();
    });
    this.heartbeat = setInterval(() => response.write(': keep-alive\n\n'), HEARTBEAT_MS);
  }

  /** Aborts when the client goes away before the stream has ended. */
  get clientGone(): AbortSignal {
    return this.gone.signal;
  }

  /** Sends one event; resolves when the client can take another. Does nothing once the client is gone. */
  async send({ id, event, data }: StreamEvent): Promise<void> {
    if (this.gone.signal.aborted) return;
    const roomLeft = this.response.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (!roomLeft) await once(this.response, 'drain', { signal: this.gone.signal }).catch(() => undefined);
  }

  end(): void {
    clearInterval(this.heartbeat);
    this.response.end();
  }
}
