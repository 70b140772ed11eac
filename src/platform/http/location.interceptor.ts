import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import { tap, type Observable } from 'rxjs';

/** Tells where a created resource stands: the address of the collection it was posted to, with its id. */
@Injectable()
export class LocationInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    if (request.method !== 'POST') return next.handle();
    return next.handle().pipe(
      tap((body: unknown) => {
        const response = http.getResponse<Response>();
        const id = (body as { id?: unknown } | undefined)?.id;
        if (response.statusCode === 201 && typeof id === 'string')
          response.setHeader('Location', `${request.path}/${id}`);
      }),
    );
  }
}
