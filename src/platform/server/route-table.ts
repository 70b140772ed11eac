import type { NextFunction, Request, RequestHandler, Response } from 'express';
import findMyWay, { type HTTPMethod } from 'find-my-way';

/** Routes of names and `:parameters`, and paths without escapes, which both routers read in the same way. */
const PLAIN_ROUTE = /^(?:\/(?:[\w.-]+|:\w+))+$/;
const PLAIN_ADDRESS = /^(?:\/[\w.~-]+)+\/?$/;

interface Found {
  path: string;
  handler: RequestHandler;
}

/**
 * Finds a route in one walk down a tree, while Express tries its routes one by one. Everything that is not found here
 * is left to Express: other paths, other methods, pages.
 */
export class RouteTable {
  private readonly router = findMyWay({ caseSensitive: false, ignoreTrailingSlash: true });

  add(method: HTTPMethod, path: string, handler: RequestHandler): void {
    if (!PLAIN_ROUTE.test(path)) return;
    const found: Found = { path, handler };
    // As in Express, a GET route also serves HEAD.
    for (const each of method === 'GET' ? (['GET', 'HEAD'] as const) : [method])
      this.router.on(each, path, () => undefined, found);
  }

  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    const { method, url } = request;
    const query = url.indexOf('?');
    const path = query < 0 ? url : url.slice(0, query);
    const match = PLAIN_ADDRESS.test(path) ? this.router.find(method as HTTPMethod, path) : null;
    if (!match) return next();
    const { handler, path: route } = match.store as Found;
    Object.assign(request, { params: match.params, route: { path: route } });
    void handler(request, response, next);
  };
}
