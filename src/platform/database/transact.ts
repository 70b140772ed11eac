import type { QueryResult } from 'pg';
import type { DataSource } from 'typeorm';
import { askOne } from './named-query.js';
import { noNestedScopes } from './nested-scope.js';
import type { OpenTransactions } from './open-transactions.js';
import type { RoleScope, Transaction } from './transaction.js';

export interface TransactOptions {
  /** Whether `work` sends all its queries before it awaits one, so that COMMIT can follow in the same write. */
  atOnce?: boolean;
  /** Whether scopes that are opened within the transaction join it. */
  isShared?: boolean;
}

/** Runs `work` in a transaction on a connection of its own. */
export async function transact<T>(
  open: OpenTransactions,
  dataSource: DataSource,
  scope: RoleScope,
  work: () => Promise<T>,
  { atOnce = false, isShared = false }: TransactOptions,
): Promise<T> {
  const runner = dataSource.createQueryRunner();
  const client = (await runner.connect()) as Transaction['client'];
  const transaction: Transaction = {
    ...scope,
    runner,
    client,
    manager: runner.manager,
    beforeCommit: [],
    afterCommit: [],
    ended: false,
    ...(isShared && { nested: noNestedScopes() }),
  };
  try {
    const result = await beginAndCommit(open, transaction, work, atOnce);
    open.exit(() => transaction.afterCommit.forEach((callback) => callback()));
    return result;
  } catch (error) {
    // Work that was started and not awaited must not continue on this connection, which another tenant may get next.
    transaction.ended = true;
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    await runner.release();
  }
}

async function beginAndCommit<T>(
  open: OpenTransactions,
  transaction: Transaction,
  work: () => Promise<T>,
  atOnce: boolean,
): Promise<T> {
  const { client } = transaction;
  const { stream } = client.connection;
  let working: Promise<T>;
  let ending: Promise<QueryResult> | undefined;
  // BEGIN is not awaited: on a pipelined client it is sent with the first query in one write and costs no round trip.
  // If it fails, the transaction is aborted, and every later query and the COMMIT fail too.
  stream.cork();
  const begun = client.query(`BEGIN; ${transaction.role}`);
  begun.catch(() => undefined);
  try {
    working = open.run(transaction, work);
    if (atOnce) ending = commit(transaction);
  } finally {
    stream.uncork();
  }
  const result = await working;
  await open.runBeforeCommit(transaction);
  await begun;
  ending ??= commit(transaction);
  const { command } = await ending;
  // PostgreSQL rolls an aborted transaction back at COMMIT, without an error.
  if (command !== 'COMMIT') throw new Error('The transaction was rolled back');
  return result;
}

/** Sends COMMIT, behind the last statement if there is one. If that fails, PostgreSQL rolls back at the COMMIT. */
function commit(transaction: Transaction): Promise<QueryResult> {
  const { client, last } = transaction;
  const { stream } = client.connection;
  transaction.ended = true;
  stream.cork();
  const done = last && askOne(client, last.name, last.sql, last.parameters);
  const committed = client.query('COMMIT');
  stream.uncork();
  committed.catch(() => undefined);
  const ending = last && done ? done.catch((error: Error) => Promise.reject(last.explain(error))) : committed;
  const result = ending.then(() => committed);
  result.catch(() => undefined);
  return result;
}
