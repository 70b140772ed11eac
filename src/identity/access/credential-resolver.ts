import type { Request } from 'express';
import type { Principal } from '../permissions/index.js';

/** Turns one kind of credential into a caller. */
export interface CredentialResolver<Known extends Principal> {
  /** Whether a token has the form of this kind. */
  recognizes(token: string): boolean;

  /**
   * The caller behind a token.
   * @throws ApiError when the token is invalid
   */
  authenticate(token: string, request: Request): Principal | Promise<Principal>;

  /**
   * The current state of a caller that was let in with this token.
   * @throws ApiError when the credential is no longer valid
   */
  authenticateAgain(before: Known, token: string): Promise<Principal>;
}
