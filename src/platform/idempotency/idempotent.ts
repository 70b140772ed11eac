import { applyDecorators, SetMetadata, UseInterceptors } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { BodyInterceptor } from '../body/index.js';
import { IDEMPOTENCY, type IdempotencyMode, type IdempotencyRule } from './idempotency-mode.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';

/**
 * Makes a POST, PATCH or DELETE accept an `Idempotency-Key`: reads the body, and replays the response of the same
 * request. A write without this decorator stops the start.
 */
export const Idempotent = (mode: IdempotencyMode = 'transaction', { standIn = true } = {}): MethodDecorator =>
  applyDecorators(
    SetMetadata(IDEMPOTENCY, { mode, standIn } satisfies IdempotencyRule),
    UseInterceptors(BodyInterceptor, IdempotencyInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'A unique key for this operation. If you repeat the request with the same key within 24 hours, you get the stored response and the operation does not run again.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    }),
  );
