import { validate as isUuid } from 'uuid';
import type { Redis } from '../../platform/redis/index.js';

/** Hash of the counts of a budget that are not yet in PostgreSQL. The script of the limits writes it. */
export const usageKey = (redis: Redis, budgetId: string): string => redis.taggedKey(budgetId, 'usage');

/** The same hash after a flush has taken it. It no longer changes. */
export const usageBatchKey = (redis: Redis, budgetId: string, batchId: string): string =>
  redis.taggedKey(budgetId, 'usage', batchId);

/** Set of the budgets whose hash has changed. */
export const waitingBudgetsKey = (redis: Redis): string => redis.key('usage', 'waiting');

/** Matches the hashes of all budgets, taken or not. */
export const usageKeyPattern = (redis: Redis): string => redis.taggedKey('*', 'usage*');

const USAGE_KEY = /^.*:\{([0-9a-f-]{36})\}:usage(?::([0-9a-f-]{36}))?$/;

/** The ids in the key of a hash; undefined for a malformed key. */
export function parseUsageKey(key: string): { budgetId: string; batchId?: string } | undefined {
  const [, budgetId, batchId] = USAGE_KEY.exec(key) ?? [];
  if (!budgetId || ![budgetId, batchId ?? budgetId].every((id) => isUuid(id))) return undefined;
  return batchId ? { budgetId, batchId } : { budgetId };
}
