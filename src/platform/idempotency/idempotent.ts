import { applyDecorators, SetMetadata, UseInterceptors } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { IDEMPOTENCY, type IdempotencyMode, type IdempotencyRule } from './idempotency-mode.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';

/**
 * Declares that a POST, PATCH or DELETE takes an `Idempotency-Key`: the body is read, and the response of the same request given
 * again. A route of these that does not say so stops the boot.
 */
export const Idempotent = (mode: IdempotencyMode = 'transaction', { standIn = true } = {}): MethodDecorator =>
  applyDecorators(
    SetMetadata(IDEMPOTENCY, { mode, standIn } satisfies IdempotencyRule),
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: 'Names this operation: sent again within 24 hours it is not done again, and gets the same answer.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    }),
  );
