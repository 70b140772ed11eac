import { AsyncLocalStorage } from 'node:async_hooks';

/** The current request, as logs, events and the audit log record it. */
export interface RequestOrigin {
  requestId: string;
  /** Address of the caller, or of a proxy that is not trusted (TRUST_PROXY). Null if a trusted proxy names none. */
  ip: string | null;
  /** Address of the other end of the connection; undefined for a socket without one. */
  peer?: string | undefined;
  userAgent: string | null;
}

const storage = new AsyncLocalStorage<RequestOrigin>();

/** The origin of the current request; undefined outside of one, for example in a job. */
export const currentOrigin = (): RequestOrigin | undefined => storage.getStore();

/** Id of the current request; undefined outside of one. */
export const currentRequestId = (): string | undefined => storage.getStore()?.requestId;

/** Runs `work` and everything that it starts as part of this request. */
export const withOrigin = (origin: RequestOrigin, work: () => void): void => storage.run(origin, work);
