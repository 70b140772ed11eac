import type { Response } from 'express';
import type { ErrorCode } from '../errors/index.js';

type WithErrorCode = Response & { errorCode?: ErrorCode };

/** Stores the code of the response's error, for the logs. */
export function setErrorCode(response: Response, code: ErrorCode): void {
  (response as WithErrorCode).errorCode = code;
}

export const errorCodeOf = (response: Response): ErrorCode | undefined => (response as WithErrorCode).errorCode;
