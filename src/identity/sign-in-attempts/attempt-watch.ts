import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { INTERCEPTORS_METADATA } from '@nestjs/common/constants.js';
import type { Request } from 'express';
import { from, lastValueFrom, type Observable } from 'rxjs';

/** Does the work of a request that is an attempt to sign in, and counts how it ends. */
export type AttemptWatch = (work: () => Promise<unknown>) => Promise<unknown>;

type WatchedRequest = Request & { attemptWatch?: AttemptWatch };

/** Puts on a request how it counts. Done by the guard of metering/limits that lets it through. */
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
 * Has a route watched around all its other interceptors, wherever the decorators of these stand: what they refuse counts too, and
 * the body is not read before. Only on routes that need it, since any interceptor costs a request several promises and observables.
 */
export const Watched: MethodDecorator = (_target, _name, descriptor) => {
  const handler = descriptor.value as object;
  const others = (Reflect.getMetadata(INTERCEPTORS_METADATA, handler) as NestInterceptor[] | undefined) ?? [];
  Reflect.defineMetadata(INTERCEPTORS_METADATA, [watching, ...others], handler);
};
