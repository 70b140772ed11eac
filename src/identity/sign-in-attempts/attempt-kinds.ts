import { applyDecorators, SetMetadata } from '@nestjs/common';
import { Rate } from '../../platform/http/index.js';
import { Watched } from './attempt-watch.js';

/**
 * How a route counts towards the failed sign-ins of an address.
 * - `password`: callers can guess, and each attempt is costly. It is admitted only while one more may fail.
 * - `token`: tokens cannot be guessed, and a check is cheap. Failures of others never block a valid one; an invalid one counts.
 * - `call`: each call counts, because it does what the caller has no right to yet: it creates an account or sends a mail.
 */
export type AttemptKind = 'password' | 'token' | 'call';

export const SIGN_IN_ATTEMPT = 'parlance:sign-in-attempt';

/** Sign-in and token endpoints, for callers without a credential: many calls per minute and address, but few failures. */
export const RateOfSignIn = (kind: AttemptKind): MethodDecorator =>
  applyDecorators(Rate({ cost: 1, isSignIn: true }), CountsAs(kind));

/** This route requires the password again from a signed-in person; a wrong one counts as a failed sign-in. */
export const ChecksPassword = (): MethodDecorator => CountsAs('password');

const CountsAs = (kind: AttemptKind): MethodDecorator => applyDecorators(SetMetadata(SIGN_IN_ATTEMPT, kind), Watched);
