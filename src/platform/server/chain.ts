import type { NextFunction, Request, RequestHandler, Response } from 'express';

/** Combines several middlewares into one, because Express searches for each of its own on every request. */
export function chain(...handlers: RequestHandler[]): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    let at = 0;
    const proceed: NextFunction = (error?: unknown) => {
      const handler = error === undefined ? handlers[at++] : undefined;
      if (handler) void handler(request, response, proceed);
      else next(error);
    };
    proceed();
  };
}
