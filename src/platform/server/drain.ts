import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { NextFunction, Request, Response } from 'express';
import { Config } from '../config/index.js';

const DRAIN_MS = 10_000;
/** Then connections without a request are closed: whoever used theirs was told to go elsewhere by its last answer. */
const IDLE_MS = 500;
const LOOK_MS = 50;

type DrainedRequest = Request & { drained?: AbortSignal };

/** Aborts when this process begins to drain: what is still to be sent for long had better be taken up on another one. */
export const drainOf = (request: Request): AbortSignal | undefined => (request as DrainedRequest).drained;

/**
 * How the HTTP server ends. It says for SHUTDOWN_DELAY_SECONDS that it is not ready, so that balancers look elsewhere, and still
 * serves everybody. Then it accepts nobody new, answers what is under way for ten seconds, and cuts what is left. A
 * connection that is only kept alive is closed rather than waited for.
 */
@Injectable()
export class Drain implements BeforeApplicationShutdown {
  private readonly draining = new AbortController();
  private endsAt = 0;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly config: Config,
  ) {}

  get isDraining(): boolean {
    return this.draining.signal.aborted;
  }

  /** How long what is under way may still go on. */
  get remainingMs(): number {
    return Math.max(0, this.endsAt - Date.now());
  }

  /** Tells clients and balancers to take their next request elsewhere. */
  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    (request as DrainedRequest).drained = this.draining.signal;
    if (this.isDraining) response.setHeader('Connection', 'close');
    next();
  };

  async beforeApplicationShutdown(): Promise<void> {
    // A worker has no server.
    const server = this.host.httpAdapter?.getHttpServer() as Server | undefined;
    if (!server?.listening) return;
    const delayMs = this.config.get('SHUTDOWN_DELAY_SECONDS') * 1000;
    this.endsAt = Date.now() + delayMs + DRAIN_MS;
    this.draining.abort();
    await sleep(delayMs);
    const closed = once(server, 'close');
    // Not by its own `close`, which ends idle connections at once: over one of them a request may be on its way just now.
    NetServer.prototype.close.call(server);
    const cutting = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    const closedAt = Date.now();
    const closingIdle = setInterval(() => {
      if (Date.now() - closedAt > IDLE_MS) server.closeIdleConnections();
    }, LOOK_MS);
    await closed;
    clearTimeout(cutting);
    clearInterval(closingIdle);
  }
}
