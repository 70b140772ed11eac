import { applyDecorators, SetMetadata } from '@nestjs/common';
import { Rate } from '../../platform/http/index.js';
import { Watched } from './attempt-watch.js';

/**
 * How a route counts against the failures at sign-in of an address.
 * - `password`: somebody may guess, and each try is costly. It is let in only while one more may fail.
 * - `token`: nobody guesses one, and to look is cheap. A good one is never held up by the failures of others; a bad one counts.
 * - `call`: each call counts, since it does something that the caller has no right to yet: makes an account, sends a mail.
 */
export type AttemptKind = 'password' | 'token' | 'call';

export const SIGN_IN_ATTEMPT = 'parlance:sign-in-attempt';

/** Sign-in and token endpoints, for callers without a credential: many calls a minute and address, and few failures. */
export const RateOfSignIn = (kind: AttemptKind): MethodDecorator =>
  applyDecorators(Rate({ cost: 1, isSignIn: true }), CountsAs(kind));

/** This route asks a signed-in person for the password once more: who gives a wrong one has failed to sign in. */
export const ChecksPassword = (): MethodDecorator => CountsAs('password');

const CountsAs = (kind: AttemptKind): MethodDecorator => applyDecorators(SetMetadata(SIGN_IN_ATTEMPT, kind), Watched);
