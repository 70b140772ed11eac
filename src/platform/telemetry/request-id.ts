import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage<string>();

/** Id of the request being served, for logs and events; undefined outside one (in a job, say). */
export const currentRequestId = (): string | undefined => storage.getStore();

/** Runs `work` and all that it starts under that request id. */
export const withRequestId = (requestId: string, work: () => void): void => storage.run(requestId, work);
