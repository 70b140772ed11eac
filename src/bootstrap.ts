import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Application } from 'express';
import { AppModule } from './app.module.js';
import { mountDocs } from './docs.js';
import { AddressLimit } from './metering/limits/index.js';
import { linkPagePaths } from './identity/link-pages/index.js';
import { mountOAuth } from './oauth.js';
import { mountPages } from './pages.js';
import { RequestLog } from './insight/request-logs/index.js';
import type { Config } from './platform/config/index.js';
import { byAddress, requestContext } from './platform/http/index.js';
import {
  answerClientErrors,
  chain,
  compress,
  corsFor,
  Drain,
  HttpServerAdapter,
  letBeStored,
  letUnreadBodyRunOut,
  requireClearMessage,
  RouteTable,
  setStandardHeaders,
} from './platform/server/index.js';
import { httpLog, Logger, Metrics } from './platform/telemetry/index.js';
import { Versions } from './platform/versions/index.js';

/** Pages for people in a browser, outside the API. */
const PAGES = ['/docs', '/redoc', '/openapi.json', '/changelog', ...linkPagePaths];

/** Creates the HTTP application, the same for production and for the tests. It is not listening yet. */
export async function createApp(config: Config, logger = new Logger(config)): Promise<NestExpressApplication> {
  const server = new HttpServerAdapter({
    total: config.get('MAX_CONNECTIONS'),
    perAddress: config.get('TRUST_PROXY') ? 0 : config.get('MAX_CONNECTIONS_PER_ADDRESS'),
  });
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.for(config, logger, config.get('WORKER_INLINE')),
    server,
    { logger, bodyParser: false, abortOnError: false, routeResolutionStrategy: 'specificity' },
  );
  trustProxies(app, config.get('TRUST_PROXY'));
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(
    chain(
      requestContext,
      app.get(Versions).middleware,
      app.get(Drain).middleware,
      letUnreadBodyRunOut,
      httpLog(logger, app.get(Metrics)),
      requireClearMessage,
      compress,
      app.get(RequestLog).middleware,
      setStandardHeaders,
    ),
  );
  // Before the rules for pages that call the API: its endpoints have their own.
  mountOAuth(app);
  const origins = config.get('CORS_ORIGINS');
  if (origins.length > 0) app.enableCors(corsFor(origins));
  const routes = new RouteTable();
  app.use(routes.middleware);
  answerClientErrors(app.getHttpServer(), config, logger);
  app.use(PAGES, letBeStored, app.get(AddressLimit).middleware);
  mountDocs(app, config.instance);
  mountPages(app, config.instance);
  server.listRoutesIn(routes);
  // As the first process of a container, it cannot end by sending itself a signal.
  app.enableShutdownHooks([], { useProcessExit: true });
  return app;
}

/** @param proxies number of proxies, or their addresses and ranges */
function trustProxies(app: NestExpressApplication, proxies: string): void {
  const express = app.getHttpAdapter().getInstance() as Application;
  express.set('trust proxy', /^\d+$/.test(proxies) ? Number(proxies) : proxies || false);
  const isTrusted = express.get('trust proxy fn') as (address: string, hop: number) => boolean;
  express.set('trust proxy', byAddress(isTrusted));
}
