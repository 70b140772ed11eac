import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';

const QUIET = /^\/(health|alive|ready|metrics)/;

/** The status that proxies log if the client disconnected before the response. */
const CLIENT_CLOSED_REQUEST = 499;

/** The status of a request that has ended. */
export const statusOf = (response: Response): number =>
  response.headersSent ? response.statusCode : CLIENT_CLOSED_REQUEST;

/** Writes one log line and one observation per request. Paths are logged without their query. */
export function httpLog(logger: Logger, metrics: Metrics): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    const startedAt = performance.now();
    metrics.httpActive.inc();
    response.once('close', () => {
      const seconds = (performance.now() - startedAt) / 1000;
      const route = routeOf(request);
      const status = statusOf(response);
      metrics.httpActive.dec();
      metrics.httpRequests.inc({ method: request.method, route, status });
      metrics.httpDuration.observe({ method: request.method, route }, seconds);
      const fields = {
        request_id: response.getHeader('X-Request-Id'),
        method: request.method,
        route,
        path: request.originalUrl.split('?', 1)[0],
        status,
        duration_ms: Math.round(seconds * 1e4) / 10,
        aborted: response.writableFinished ? undefined : true,
      };
      logger.access[status >= 500 ? 'error' : QUIET.test(route) ? 'debug' : 'info'](fields, 'request');
    });
    next();
  };
}

/** The route that matches every path that no other route matches. */
export const UNMATCHED_ROUTE = '/{*unmatched}';

/** The pattern of the route. A path with ids as a label would create a metric per id. */
function routeOf(request: Request): string {
  const path = (request.route as { path?: string } | undefined)?.path;
  return path === undefined || path === UNMATCHED_ROUTE ? 'unmatched' : path;
}
