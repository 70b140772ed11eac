import { createServer } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import { oneAfterTheOther } from './one-after-the-other.js';

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

/** Express behind an HTTP server that waits for nobody for ever. */
export class HttpServerAdapter extends ExpressAdapter {
  override initHttpServer(): void {
    this.httpServer = createServer(TIMEOUTS, oneAfterTheOther(this.getInstance()));
  }
}
