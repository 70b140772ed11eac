import { AsyncResource } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { ApiError } from '../../platform/errors/index.js';
import { toApiError } from '../../platform/http/index.js';
import { principalOf, type Principal } from '../permissions/index.js';
import { CredentialCache } from '../credentials/index.js';
import { Callers } from './callers.js';

const LOOK_MS = 15_000;

/** Finds out, while something is sent for long, that its caller may not have it any more. */
@Injectable()
export class AccessWatcher {
  constructor(
    private readonly credentials: CredentialCache,
    private readonly callers: Callers,
  ) {}

  /**
   * Looks at once, because the credential may have been revoked while the request was being served; whenever its credential,
   * person or organization changes; and every 15 s, since a credential also runs out, and a message of Redis may be lost.
   * @param require throws when the route asks for what that caller has not
   * @returns a function that ends the watch
   */
  watch(request: Request, require: (principal: Principal) => void, onRefused: (error: ApiError) => void): () => void {
    const before = principalOf(request);
    let isOver = false;
    const look = async (): Promise<void> => {
      try {
        const principal = await this.callers.authenticateAgain(before, request);
        if (principal.organizationId !== before.organizationId) {
          throw new ApiError('TOKEN_REVOKED', {
            detail: 'This session has switched to another organization. Send the request again.',
          });
        }
        require(principal);
      } catch (error) {
        if (isOver) return;
        end();
        onRefused(toApiError(error));
      }
    };
    // News of other processes arrive outside of any request: the address of this one must be known when it is looked at.
    const lookForRequest = AsyncResource.bind(() => void look());
    const endWatch = this.credentials.watch(before, lookForRequest);
    const timer = setInterval(lookForRequest, LOOK_MS);
    const end = (): void => {
      isOver = true;
      clearInterval(timer);
      endWatch();
    };
    lookForRequest();
    return end;
  }
}
