import { exitCodes, toFailure, type Failure } from './failure.js';
import type { Terminal } from './terminal.js';

interface Attempts<Result> {
  done: Result[];
  failed: { item: string; failure: Failure }[];
}

/**
 * Does the work for every item it can, and notes each: a failed item does not stop the others.
 * @param work returns a result, and what a person reads about it
 * @throws the first failure that every other item would have, too: a refused credential, a server that is away
 */
export async function attemptAll<Result>(
  terminal: Terminal,
  items: string[],
  work: (item: string) => Promise<{ result: Result; outcome: string }>,
): Promise<Attempts<Result>> {
  const attempts: Attempts<Result> = { done: [], failed: [] };
  for (const [index, item] of items.entries()) {
    const place = items.length > 1 ? `${index + 1}/${items.length} ` : '';
    try {
      const { result, outcome } = await work(item);
      attempts.done.push(result);
      terminal.note(`${place}${item}: ${outcome}`);
    } catch (error) {
      const failure = toFailure(error);
      if (failure.exitCode === exitCodes.denied || failure.exitCode === exitCodes.unreachable) throw error;
      attempts.failed.push({ item, failure });
      terminal.note(`${place}${item}: ${failure.message}`);
    }
  }
  return attempts;
}

/** What JSON shows of a failed item. */
export const errorOf = ({ code, message }: Failure): { code: string; message: string } => ({ code, message });
