import type { Request } from 'express';

/** What this floor knows of whoever calls. Which kinds of callers there are, and what each may do, is for identity to say. */
export interface Caller {
  kind: string;
  /** The organization whose data is read and written. */
  organizationId: string;
  /** Under which id everything it uses is counted. */
  budgetId: string;
  credentialId: string;
  scopes: ReadonlySet<string>;
  /** The person who calls; programs have none. */
  userId?: string;
  /** The version of the API that its credential is pinned to. */
  apiVersion?: string;
}

/** The caller that the authentication guard has put on the request; undefined on public routes. */
export const callerOf = (request: Request): Caller | undefined => request.user as Caller | undefined;
