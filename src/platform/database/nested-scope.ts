import type { DataSource } from 'typeorm';
import type { OpenTransactions } from './open-transactions.js';
import { hasEnded, type NestedScopes, type RoleScope, type Transaction } from './transaction.js';

export const noNestedScopes = (): NestedScopes => ({ isOpen: false, last: Promise.resolve() });

/**
 * Runs `work` in a scope within a shared transaction. Only one scope is open at a time, because they share a
 * connection, which has one role and tenant.
 * @param nested the nested scopes of `outer`
 */
export function inNestedScope<T>(
  open: OpenTransactions,
  dataSource: DataSource,
  outer: Transaction,
  nested: NestedScopes,
  scope: RoleScope,
  work: () => Promise<T>,
): Promise<T> {
  const turn = nested.last.then(async () => {
    if (hasEnded(outer)) throw new Error('The transaction has ended');
    nested.isOpen = true;
    try {
      return await inScope(open, dataSource, outer, scope, work);
    } finally {
      nested.isOpen = false;
    }
  });
  nested.last = turn.catch(() => undefined);
  return turn;
}

/** Opens a scope, and closes it even if `work` fails. */
async function inScope<T>(
  open: OpenTransactions,
  dataSource: DataSource,
  outer: Transaction,
  { organizationId, role }: RoleScope,
  work: () => Promise<T>,
): Promise<T> {
  const { runner, client } = outer;
  // A manager of its own, because notes are kept per manager and must end with this scope.
  const manager = dataSource.createEntityManager(runner);
  const hooks = { beforeCommit: [], afterCommit: [] };
  const inside = { nested: noNestedScopes(), outer, ended: false };
  const scope: Transaction = { organizationId, role, runner, client, manager, ...hooks, ...inside };
  // Not awaited, like BEGIN. If it fails, every later statement fails too.
  client.query(`SAVEPOINT scope; ${role}`).catch(() => undefined);
  try {
    const result = await open.run(scope, work);
    await open.runBeforeCommit(scope);
    scope.ended = true;
    await client.query(`RELEASE SAVEPOINT scope; ${outer.role}`);
    outer.afterCommit.push(...scope.afterCommit);
    return result;
  } catch (error) {
    scope.ended = true;
    // Undoes everything in the scope, like a transaction of its own. Role and tenant are restored too.
    await client.query('ROLLBACK TO SAVEPOINT scope; RELEASE SAVEPOINT scope').catch(() => undefined);
    throw error;
  }
}
