import type { Principal } from '../permissions/index.js';

/** How one kind of credential becomes a caller. */
export interface CredentialResolver<Known extends Principal> {
  /** Whether a token has the form of this kind. */
  recognizes(token: string): boolean;

  /**
   * The caller behind a token.
   * @throws ApiError when the token is no good
   */
  authenticate(token: string): Principal | Promise<Principal>;

  /**
   * A caller as it is now, who was let in with this token.
   * @throws ApiError when the credential is no good any more
   */
  authenticateAgain(before: Known, token: string): Promise<Principal>;
}
