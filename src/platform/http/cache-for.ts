import { UseInterceptors, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { tap, type Observable } from 'rxjs';

class CacheInterceptor implements NestInterceptor {
  constructor(private readonly seconds: number) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const response = context.switchToHttp().getResponse<Response>();
    return next.handle().pipe(tap(() => response.setHeader('Cache-Control', `public, max-age=${this.seconds}`)));
  }
}

/** Lets clients and shared caches store the response for this time. Unlike @Header(), it does not apply to errors. */
export const CacheFor = (seconds: number): MethodDecorator => UseInterceptors(new CacheInterceptor(seconds));
