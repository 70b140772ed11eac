import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { json, type Application, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import { AppModule } from './app.module.js';
import { mountDocs } from './docs.js';
import { mountPages } from './pages.js';
import { RequestLog } from './metering/request-logs/index.js';
import type { Config } from './platform/config/index.js';
import { ApiError } from './platform/errors/index.js';
import {
  answerClientErrors,
  byAddress,
  compress,
  corsFor,
  Drain,
  HttpServerAdapter,
  keepRawBody,
  requestContext,
  requireClearMessage,
  setRefusal,
  toApiError,
} from './platform/http/index.js';
import { httpLog, Logger, Metrics } from './platform/telemetry/index.js';
import { Versions } from './platform/versions/index.js';

const BODY_LIMIT = '1mb';

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

/** Composes the HTTP application: the same for production and for the tests. Not listening yet. */
export async function createApp(config: Config, logger = new Logger(config)): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.for(config, logger, config.get('WORKER_INLINE')),
    new HttpServerAdapter(),
    { logger, bodyParser: false, abortOnError: false },
  );
  trustProxies(app, config.get('TRUST_PROXY'));
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(requestContext);
  app.use(app.get(Versions).middleware);
  app.use(app.get(Drain).middleware);
  app.use(httpLog(logger, app.get(Metrics)));
  app.use(requireClearMessage);
  app.use(compress);
  app.use(app.get(RequestLog).middleware);
  app.use(helmet(SECURITY_HEADERS));
  const origins = config.get('CORS_ORIGINS');
  if (origins.length > 0) {
    app.enableCors(corsFor(origins));
  }
  app.use(refuseLater(requireJson));
  app.use(refuseLater(json({ limit: BODY_LIMIT, verify: requireUtf8 })));
  answerClientErrors(app.getHttpServer(), config, logger);
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

/** An error of the body is answered when the caller is known and the request has been counted. */
function refuseLater(middleware: RequestHandler): RequestHandler {
  return (request, response, next) =>
    void middleware(request, response, (error?: unknown) => {
      if (error !== undefined) setRefusal(request, toApiError(error));
      next();
    });
}

/** A body that nobody would parse is refused, not ignored. JSON is UTF-8 (RFC 8259, 8.1), though the parser knows more charsets. */
function requireJson(request: Request, _response: Response, next: NextFunction): void {
  const { 'transfer-encoding': chunked, 'content-length': length, 'content-type': type = '' } = request.headers;
  const hasBody = chunked !== undefined || Number(length) > 0;
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(type) ?? [];
  const isJson = request.is('application/json') && /^utf-?8$/i.test(charset);
  next(hasBody && !isJson ? new ApiError('UNSUPPORTED_MEDIA_TYPE') : undefined);
}

/** The parser would put a replacement character for each broken byte, and so change what was sent. */
function requireUtf8(request: IncomingMessage, _response: unknown, body: Buffer): void {
  if (!isUtf8(body)) throw new ApiError('BAD_REQUEST', { detail: 'The request body is not valid UTF-8.' });
  if (request.headers['idempotency-key'] !== undefined) keepRawBody(request, body);
}
