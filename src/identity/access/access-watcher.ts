import { AsyncResource } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { ApiError } from '../../platform/errors/index.js';
import { toApiError } from '../../platform/http/index.js';
import { principalOf, type Principal } from '../permissions/index.js';
import { CredentialCache } from '../credentials/index.js';
import { Callers } from './callers.js';

const LOOK_MS = 15_000;

/** Detects, during a long response, that its caller may no longer receive it. */
@Injectable()
export class AccessWatcher {
  constructor(
    private readonly credentials: CredentialCache,
    private readonly callers: Callers,
  ) {}

  /**
   * Checks immediately, because the credential may have been revoked while the request was being served. Checks again when the
   * credential, person or organization changes, and every 15 s, since a credential also expires and a Redis message may be lost.
   * @param require throws when the caller lacks what the route requires
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
    // Messages from other processes arrive outside any request. The check needs the context of this one for its IP address.
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
