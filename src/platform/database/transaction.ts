import type { Client, Connection } from 'pg';
import type { EntityManager, QueryRunner } from 'typeorm';
import { validate as isUuid } from 'uuid';
import type { Question } from './read-batch.js';

export interface RoleScope {
  /** The tenant, or undefined for the platform. */
  organizationId: string | undefined;
  /** SQL that sets the role and the tenant. */
  role: string;
}

/** Scopes within a shared transaction, which run one after the other. */
export interface NestedScopes {
  isOpen: boolean;
  last: Promise<unknown>;
}

/** A statement that is sent together with COMMIT. It must fail to roll the transaction back. */
interface LastStatement {
  name: string;
  sql: string;
  parameters: unknown[];
  /** Converts its error for the caller. */
  explain: (error: Error) => Error;
}

export interface Transaction extends RoleScope {
  runner: QueryRunner;
  client: Client & { connection: Connection };
  manager: EntityManager;
  beforeCommit: (() => Promise<void>)[];
  afterCommit: (() => void)[];
  /** Sent in the same write as COMMIT. */
  last?: LastStatement;
  ended: boolean;
  questions?: undefined;
  /** In a shared transaction and in the scopes within it. */
  nested?: NestedScopes;
  /** In a scope within a shared transaction: the scope or transaction in which it was opened. */
  outer?: Transaction;
}

/** Reads that are collected, to be sent together. */
export interface Collection {
  organizationId: string;
  questions: Question[];
  ended: boolean;
  nested?: undefined;
  outer?: undefined;
}

export const hasEnded = ({ ended, outer }: Pick<Transaction, 'ended' | 'outer'>): boolean =>
  ended || (outer !== undefined && hasEnded(outer));

export const PLATFORM_SCOPE: RoleScope = { organizationId: undefined, role: 'SET LOCAL ROLE parlance_platform' };

export function tenantScope(organizationId: string): RoleScope {
  // SET takes no parameters, so the id is validated before it becomes part of the statement.
  if (!isUuid(organizationId)) throw new Error('organizationId must be a UUID');
  const role = `SET LOCAL ROLE parlance_tenant; SET LOCAL app.organization_id = '${organizationId}'`;
  return { organizationId, role };
}
