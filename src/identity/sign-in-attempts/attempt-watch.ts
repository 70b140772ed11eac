import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { INTERCEPTORS_METADATA } from '@nestjs/common/constants.js';
import type { Request } from 'express';
import { from, lastValueFrom, type Observable } from 'rxjs';

/** Runs a sign-in attempt and counts its outcome. */
export type AttemptWatch = (work: () => Promise<unknown>) => Promise<unknown>;

type WatchedRequest = Request & { attemptWatch?: AttemptWatch };

/** How a request counts as an attempt, for code that no interceptor surrounds. */
export const attemptWatchOf = (request: Request): AttemptWatch | undefined => (request as WatchedRequest).attemptWatch;

/** Sets how a request counts as an attempt. Called by the guard of metering/limits. */
export function setAttemptWatch(request: Request, watch: AttemptWatch): void {
  (request as WatchedRequest).attemptWatch = watch;
}

const watching: NestInterceptor = {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { attemptWatch: watch } = context.switchToHttp().getRequest<WatchedRequest>();
    if (!watch) return next.handle();
    return from(watch(() => lastValueFrom(next.handle(), { defaultValue: undefined })));
  },
};

/**
 * Watches a route from outside all its other interceptors, whatever the order of the decorators: requests they reject count too,
 * and the body is read later. Only for routes that need it, because an interceptor costs several promises and observables.
 */
export const Watched: MethodDecorator = (_target, _name, descriptor) => {
  const handler = descriptor.value as object;
  const others = (Reflect.getMetadata(INTERCEPTORS_METADATA, handler) as NestInterceptor[] | undefined) ?? [];
  Reflect.defineMetadata(INTERCEPTORS_METADATA, [watching, ...others], handler);
};
