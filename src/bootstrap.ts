import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Application, NextFunction, Request, Response } from 'express';
import helmet from 'helmet';
import { AppModule } from './app.module.js';
import { mountDocs } from './docs.js';
import { AddressLimit } from './metering/limits/index.js';
import { mountPages, pagePaths } from './pages.js';
import { RequestLog } from './insight/request-logs/index.js';
import type { Config } from './platform/config/index.js';
import { byAddress, requestContext } from './platform/http/index.js';
import {
  answerClientErrors,
  compress,
  corsFor,
  Drain,
  HttpServerAdapter,
  letUnreadBodyRunOut,
  requireClearMessage,
} from './platform/server/index.js';
import { httpLog, Logger, Metrics } from './platform/telemetry/index.js';
import { Versions } from './platform/versions/index.js';

/** What matters to an API and its few pages; the rest of helmet's headers speaks to browsers of long ago. */
const SECURITY_HEADERS = {
  contentSecurityPolicy: false,
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
} as const;

/** What people read in a browser, beside the API. */
const PAGES = ['/docs', '/docs-json', '/docs-yaml', '/redoc', '/openapi.json', '/changelog', ...pagePaths];

/** Composes the HTTP application: the same for production and for the tests. Not listening yet. */
export async function createApp(config: Config, logger = new Logger(config)): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.for(config, logger, config.get('WORKER_INLINE')),
    new HttpServerAdapter({
      total: config.get('MAX_CONNECTIONS'),
      perAddress: config.get('TRUST_PROXY') ? 0 : config.get('MAX_CONNECTIONS_PER_ADDRESS'),
    }),
    { logger, bodyParser: false, abortOnError: false, routeResolutionStrategy: 'specificity' },
  );
  trustProxies(app, config.get('TRUST_PROXY'));
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(requestContext);
  app.use(app.get(Versions).middleware);
  app.use(app.get(Drain).middleware);
  app.use(letUnreadBodyRunOut);
  app.use(httpLog(logger, app.get(Metrics)));
  app.use(requireClearMessage);
  app.use(compress);
  app.use(app.get(RequestLog).middleware);
  app.use(helmet(SECURITY_HEADERS));
  const origins = config.get('CORS_ORIGINS');
  if (origins.length > 0) {
    app.enableCors(corsFor(origins));
  }
  answerClientErrors(app.getHttpServer(), config, logger);
  app.use(PAGES, app.get(AddressLimit).middleware);
  mountDocs(app);
  mountPages(app);
  app.use(keepNowhere);
  // As the first process of a container it cannot end by sending itself a signal.
  app.enableShutdownHooks([], { useProcessExit: true });
  return app;
}

/** @param proxies how many, or their addresses and ranges */
function trustProxies(app: NestExpressApplication, proxies: string): void {
  const express = app.getHttpAdapter().getInstance() as Application;
  express.set('trust proxy', /^\d+$/.test(proxies) ? Number(proxies) : proxies || false);
  const isTrusted = express.get('trust proxy fn') as (address: string, hop: number) => boolean;
  express.set('trust proxy', byAddress(isTrusted));
}

/** Answers carry tokens, keys and what is the caller's own (RFC 6749, 5.1): only one that says so (`CacheFor`) may be kept. */
function keepNowhere(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader('Cache-Control', 'no-store');
  next();
}
