import { UseInterceptors, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import { tap, type Observable } from 'rxjs';

class LocationInterceptor implements NestInterceptor<{ id?: string }> {
  constructor(private readonly address: string | undefined) {}

  intercept(context: ExecutionContext, next: CallHandler<{ id?: string }>): Observable<{ id?: string }> {
    const http = context.switchToHttp();
    const { path } = http.getRequest<Request>();
    return next.handle().pipe(
      tap(({ id }) => {
        http.getResponse<Response>().setHeader('Location', this.address ?? `${path}/${id}`);
      }),
    );
  }
}

/**
 * Declares that a POST creates what it answers with, and tells where it stands: the collection's address with its id, or a
 * fixed address. Only where it is needed: an interceptor for all routes would cost each of them as much as its
 * authentication. Unlike @Header() it says nothing when the creation is refused.
 */
export const Creates = (address?: string): MethodDecorator => UseInterceptors(new LocationInterceptor(address));
