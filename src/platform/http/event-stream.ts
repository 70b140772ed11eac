import { once } from 'node:events';
import type { Response } from 'express';
import { clientGone } from './client-gone.js';

const HEARTBEAT_MS = 15_000;
/** A client that takes nothing for so long holds up the model for nobody. */
const STALLED_MS = 60_000;

export interface StreamEvent {
  id: string;
  event: string;
  data: unknown;
}

/** Server-sent events on one answer (WHATWG HTML, 9.2). A comment every 15 s keeps proxies from closing a silent stream. */
export class EventStream {
  /** Aborts when the client goes away before the stream has ended. */
  readonly clientGone: AbortSignal;
  private readonly heartbeat: NodeJS.Timeout;

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
    this.clientGone = clientGone(response);
    this.heartbeat = setInterval(() => response.write(': keep-alive\n\n'), HEARTBEAT_MS);
    response.once('close', () => clearInterval(this.heartbeat));
  }

  /** Sends one event; resolves when the client can take another. Does nothing once the client is gone. */
  async send({ id, event, data }: StreamEvent): Promise<void> {
    if (this.clientGone.aborted) return;
    const roomLeft = this.response.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (roomLeft) return;
    const stalled = setTimeout(() => this.response.destroy(), STALLED_MS);
    await once(this.response, 'drain', { signal: this.clientGone }).catch(() => undefined);
    clearTimeout(stalled);
  }

  end(): void {
    clearInterval(this.heartbeat);
    this.response.end();
  }
}
