import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';

/** Where a sign-in comes from. */
export interface Origin {
  ip: string;
  userAgent: string | null;
}

/** Injects where the request comes from. */
export const RequestOrigin = createParamDecorator((_data: unknown, context: ExecutionContext): Origin => {
  const request = context.switchToHttp().getRequest<Request>();
  return { ip: request.ip ?? 'unknown', userAgent: request.headers['user-agent']?.slice(0, 500) ?? null };
});
