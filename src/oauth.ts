import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { OAUTH_PATHS, OAuthServer } from './identity/oauth/index.js';
import { setAttemptWatch, type AttemptKind } from './identity/sign-in-attempts/index.js';
import { AddressLimit, SignInLimit } from './metering/limits/index.js';

const { registration } = OAUTH_PATHS;

/** The last part of a path. */
function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** How calls that do not only read count as attempts to sign in. Tokens and secrets are random; passwords are not. */
const ATTEMPTS = new Map<string, AttemptKind>([
  ['sign-in', 'password'],
  ['sign-up', 'call'],
  ['forgot-password', 'call'],
  [nameOf(registration), 'call'],
]);

/** Serves OAuth 2.0 with the limits per address. Its endpoints are not routes: their errors are those of RFC 6749. */
export function mountOAuth(app: NestExpressApplication): void {
  const [server, addresses, signIns] = [app.get(OAuthServer), app.get(AddressLimit), app.get(SignInLimit)];
  app.use((request: Request, response: Response, next: NextFunction) => {
    const path = server.routeOf(request);
    if (path === undefined) return next();
    request.route = { path };
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead) setAttemptWatch(request, signIns.watchOf(ATTEMPTS.get(nameOf(request.path)) ?? 'token', response));
    addresses.take(response, !isRead).then(
      () => server.handle(request, response),
      (error: unknown) => server.fail(error, request, response),
    );
  });
}
