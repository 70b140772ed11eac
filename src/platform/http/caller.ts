import type { Request } from 'express';

/** What the platform knows about a caller. Identity defines the kinds of callers and their rights. */
export interface Caller {
  kind: string;
  /** The organization whose data is read and written. */
  organizationId: string;
  /** The id under which its usage is counted. */
  budgetId: string;
  credentialId: string;
  scopes: ReadonlySet<string>;
  /** The person who calls; undefined for programs. */
  userId?: string;
  /** The API version that its credential is pinned to. */
  apiVersion?: string;
}

/** The caller that the authentication guard has attached to the request; undefined on public routes. */
export const callerOf = (request: Request): Caller | undefined => request.user as Caller | undefined;
