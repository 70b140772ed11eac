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
 * Sets `Location` on a POST that creates what it returns: the path of the collection plus the id, or a fixed path. Set
 * only where needed, because an interceptor for all routes would cost each of them as much as its authentication.
 * Unlike @Header(), it does not apply to errors.
 */
export const Creates = (address?: string): MethodDecorator => UseInterceptors(new LocationInterceptor(address));
