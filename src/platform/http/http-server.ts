import { createServer, type RequestListener } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Response } from 'express';
import { limitConnections } from './connections.js';

const TIMEOUTS = {
  /** For the request line and the headers: what comes slower is somebody who holds connections open. */
  headersTimeout: 15_000,
  /** For a whole request: 1 MiB over a slow line, with plenty of room. */
  requestTimeout: 120_000,
  /** How often the two are looked at. */
  connectionsCheckingInterval: 2_500,
  /** Longer than balancers commonly keep idle connections, so that it is they who close them, and no request meets a closed one. */
  keepAliveTimeout: 75_000,
};

/** Express behind an HTTP server that waits for nobody forever, and holds a bounded number of connections. */
export class HttpServerAdapter extends ExpressAdapter {
  /** @param limits see `limitConnections` */
  constructor(private readonly limits: { total: number; perAddress: number }) {
    super();
  }

  override initHttpServer(): void {
    const server = createServer(TIMEOUTS, this.getInstance<RequestListener>());
    // By default Node asks for the body before anybody has looked at who sends it.
    server.on('checkContinue', (request, response) => server.emit('request', request, response));
    limitConnections(server, this.limits);
    this.httpServer = server;
  }
}

/** Tells a client that waits for it to send its body now (RFC 9110, 10.1.1). */
export function continueSending(response: Response): void {
  if (response.req.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
}
