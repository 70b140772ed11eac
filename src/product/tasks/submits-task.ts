import {
  applyDecorators,
  createParamDecorator,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { tap, type Observable } from 'rxjs';
import { Idempotent } from '../../platform/idempotency/index.js';
import { SubmittedTaskDto } from './tasks.dto.js';

/** Longer waits would count as requests in flight for longer than proxies keep a silent connection. */
const MAX_WAIT_SECONDS = 60;

/** Sets `Location` to the submitted task. */
class TaskLocationInterceptor implements NestInterceptor<SubmittedTaskDto> {
  intercept(context: ExecutionContext, next: CallHandler<SubmittedTaskDto>): Observable<SubmittedTaskDto> {
    const response = context.switchToHttp().getResponse<Response>();
    return next.handle().pipe(tap(({ task_id: id }) => response.setHeader('Location', `/api/v1/tasks/${id}`)));
  }
}

const ApiPrefer = (): MethodDecorator =>
  ApiHeader({
    name: 'Prefer',
    required: false,
    description: `\`wait=30\` waits up to 30 seconds for the end of the task (RFC 7240), at most ${MAX_WAIT_SECONDS} seconds.`,
    schema: { type: 'string', example: 'wait=30' },
  });

/** Declares a route whose response, 202, is the submitted task: with `Location`, idempotent, and waiting on request. */
export const SubmitsTask = (): MethodDecorator =>
  applyDecorators(
    // Not within a transaction: the task must be visible to workers while the request waits for its end.
    Idempotent('lease'),
    UseInterceptors(new TaskLocationInterceptor()),
    ApiAcceptedResponse({
      type: SubmittedTaskDto,
      headers: { Location: { $ref: '#/components/headers/Location' } },
    }),
    ApiPrefer(),
  );

/** Injects how many seconds the caller prefers to wait (RFC 7240, 4.3), and confirms it; 0 by default. */
export const PreferredWait = createParamDecorator(
  (_data: unknown, context: ExecutionContext): number => {
    const http = context.switchToHttp();
    const preference = http.getRequest<Request>().get('prefer') ?? '';
    const [, digits] = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})(?!\d)/i.exec(preference) ?? [];
    const seconds = Math.min(Number(digits ?? 0), MAX_WAIT_SECONDS);
    if (seconds > 0) http.getResponse<Response>().setHeader('Preference-Applied', `wait=${seconds}`);
    return seconds;
  },
  [(target, key) => key !== undefined && ApiPrefer()(target, key, Object.getOwnPropertyDescriptor(target, key) ?? {})],
);
