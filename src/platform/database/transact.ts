import type { QueryResult } from 'pg';
import type { DataSource } from 'typeorm';
import { noNestedScopes } from './nested-scope.js';
import type { OpenTransactions } from './open-transactions.js';
import type { RoleScope, Transaction } from './transaction.js';

export interface TransactOptions {
  /** Whether `work` asks all that it asks at once, so that COMMIT can follow in the same write. */
  atOnce?: boolean;
  /** Whether scopes that are opened within it join it. */
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
    // What the work has started and not waited for must not go on on this connection: the next one to have it may be
    // another tenant's.
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
  // BEGIN is not awaited: on a pipelined client it travels with the first query, in one write, instead of costing a round
  // trip of its own. Should it fail, the transaction is aborted and every later query and the COMMIT fail with it.
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
  ending ??= commitWithLast(open, transaction);
  const { command } = await ending;
  // PostgreSQL answers a COMMIT of an aborted transaction by rolling it back, without an error.
  if (command !== 'COMMIT') throw new Error('The transaction was rolled back');
  return result;
}

/** Should the last statement fail, PostgreSQL makes a rollback of the COMMIT behind it. */
async function commitWithLast(open: OpenTransactions, transaction: Transaction): Promise<QueryResult> {
  const { last, client } = transaction;
  if (!last) return commit(transaction);
  const { stream } = client.connection;
  let done: Promise<void>;
  let committed: Promise<QueryResult>;
  stream.cork();
  try {
    done = open.run(transaction, last);
    committed = commit(transaction);
  } finally {
    stream.uncork();
  }
  await done;
  return committed;
}

function commit(transaction: Transaction): Promise<QueryResult> {
  transaction.ended = true;
  const committed = transaction.client.query('COMMIT');
  committed.catch(() => undefined);
  return committed;
}
