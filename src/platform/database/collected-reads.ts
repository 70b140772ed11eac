import type { QueryResult } from 'pg';
import type { OpenTransactions } from './open-transactions.js';
import { toWire } from './read-batch.js';
import type { SendBatch } from './read-connections.js';
import type { Collection } from './transaction.js';

/**
 * Collects the queries that `work` sends before it first awaits one, and sends them in one write.
 * @param again repeats the reads if the shared connection fails
 */
export async function collectReads<T>(
  open: OpenTransactions,
  send: SendBatch,
  organizationId: string,
  work: () => Promise<T>,
  again: () => Promise<T>,
): Promise<T> {
  const collection: Collection = { organizationId, questions: [], ended: false };
  const working = open.run(collection, work);
  collection.ended = true;
  let hasFailed = false;
  if (collection.questions.length > 0) send(organizationId, collection.questions, () => (hasFailed = true));
  try {
    return await working;
  } catch (error) {
    if (!hasFailed) throw error;
    return await again();
  }
}

/** Adds a query to those that are sent together. */
export function ask(
  { questions }: Collection,
  name: string,
  text: string,
  parameters: unknown[],
): Promise<QueryResult> {
  const values = parameters.map(toWire);
  const answer = new Promise<QueryResult>((resolve, reject) => questions.push({ name, text, values, resolve, reject }));
  // All of them fail together, but a caller that awaits one after the other handles only the first failure.
  answer.catch(() => undefined);
  return answer;
}
