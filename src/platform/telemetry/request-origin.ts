import { AsyncLocalStorage } from 'node:async_hooks';

/** The request being served, as far as logs, events and the audit log name it. */
export interface RequestOrigin {
  requestId: string;
  /** Address of the caller; that of a proxy unless it is trusted (TRUST_PROXY). Null when a trusted proxy names none. */
  ip: string | null;
  /** Address that the connection comes from; undefined for a socket that has none. */
  peer?: string | undefined;
  userAgent: string | null;
}

const storage = new AsyncLocalStorage<RequestOrigin>();

/** Where the request being served comes from; undefined outside one (in a job, say). */
export const currentOrigin = (): RequestOrigin | undefined => storage.getStore();

/** Id of the request being served; undefined outside one. */
export const currentRequestId = (): string | undefined => storage.getStore()?.requestId;

/** Runs `work` and all that it starts as part of that request. */
export const withOrigin = (origin: RequestOrigin, work: () => void): void => storage.run(origin, work);
