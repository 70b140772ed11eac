import type { Response } from 'express';
import type { ErrorCode } from '../errors/index.js';

type WithErrorCode = Response & { errorCode?: ErrorCode };

/** Notes with which error a request is answered, for those who tell of it later. */
export function setErrorCode(response: Response, code: ErrorCode): void {
  (response as WithErrorCode).errorCode = code;
}

export const errorCodeOf = (response: Response): ErrorCode | undefined => (response as WithErrorCode).errorCode;
