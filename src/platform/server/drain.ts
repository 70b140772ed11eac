import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { NextFunction, Request, Response } from 'express';
import { Config } from '../config/index.js';

const DRAIN_MS = 10_000;
/** After this time idle connections are closed. `Connection: close` has told their clients to use another one. */
const IDLE_MS = 500;
const LOOK_MS = 50;

type DrainedRequest = Request & { drained?: AbortSignal };

/** Aborts when this process begins to drain: long responses should continue at another process. */
export const drainOf = (request: Request): AbortSignal | undefined => (request as DrainedRequest).drained;

/**
 * Stops the HTTP server. For SHUTDOWN_DELAY_SECONDS it reports that it is not ready, so that load balancers use others,
 * and still serves all requests. Then it accepts no connections, completes running requests for ten seconds, and cuts
 * the rest. It closes idle connections without waiting.
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

  /** Time that remains for running requests. */
  get remainingMs(): number {
    return Math.max(0, this.endsAt - Date.now());
  }

  /** Tells clients and load balancers to send their next request elsewhere. */
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
    // The method of the base class: `close` of the HTTP server immediately ends idle connections, on which a request
    // may be arriving.
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
