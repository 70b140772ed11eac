import type { Server } from 'node:http';
import { once } from 'node:events';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { NextFunction, Request, Response } from 'express';

const DRAIN_MS = 10_000;
const LOOK_MS = 50;

/**
 * How the HTTP server ends: it accepts nobody new at once, answers what is under way for ten seconds, and then cuts what is
 * left. A connection that is only kept alive is closed rather than waited for.
 */
@Injectable()
export class Drain implements BeforeApplicationShutdown {
  private isDraining = false;

  constructor(private readonly host: HttpAdapterHost) {}

  /** Tells clients and balancers to take their next request elsewhere. */
  readonly middleware = (_request: Request, response: Response, next: NextFunction): void => {
    if (this.isDraining) response.setHeader('Connection', 'close');
    next();
  };

  async beforeApplicationShutdown(): Promise<void> {
    // A worker has no server.
    const server = this.host.httpAdapter?.getHttpServer() as Server | undefined;
    if (!server?.listening) return;
    this.isDraining = true;
    const closed = once(server, 'close');
    server.close();
    const closingIdle = setInterval(() => server.closeIdleConnections(), LOOK_MS);
    const cutting = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    await closed;
    clearInterval(closingIdle);
    clearTimeout(cutting);
  }
}
