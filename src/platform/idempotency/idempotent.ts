import { applyDecorators, SetMetadata, UseInterceptors } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { ApiProblems } from '../http/index.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';

/**
 * How a route keeps its promise that a repeated request does its work once: in one `transaction` with its answer; under a
 * `lease` when its work takes longer, or has to commit though it is refused; the same as a `stream` when it writes its answer by
 * itself. What works under a lease notes what it makes (`Idempotency.note`), and takes up what an earlier try has noted.
 */
export type IdempotencyMode = 'transaction' | 'lease' | 'stream';

export const IDEMPOTENCY = 'parlance:idempotency';

/** Declares that a POST, PATCH or DELETE takes an `Idempotency-Key`. A route of these that does not say so stops the boot. */
export const Idempotent = (mode: IdempotencyMode = 'transaction'): MethodDecorator =>
  applyDecorators(
    SetMetadata(IDEMPOTENCY, mode),
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: 'Names this operation: sent again within 24 hours it is not done again, and gets the same answer.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    }),
    ApiProblems(409),
  );
