import { validate as isUuid } from 'uuid';
import type { Redis } from '../../platform/redis/index.js';

/** Hash of what was counted under a budget and is not in PostgreSQL yet. The script of the limits writes it. */
export const usageKey = (redis: Redis, budgetId: string): string => redis.taggedKey(budgetId, 'usage');

/** The same, taken out by a flush: nobody counts into it any more. */
export const usageBatchKey = (redis: Redis, budgetId: string, batchId: string): string =>
  redis.taggedKey(budgetId, 'usage', batchId);

/** Set of the budgets whose hash has grown. */
export const waitingBudgetsKey = (redis: Redis): string => redis.key('usage', 'waiting');

/** Matches the hashes of all budgets, taken out or not. */
export const usageKeyPattern = (redis: Redis): string => redis.taggedKey('*', 'usage*');

const USAGE_KEY = /^.*:\{([0-9a-f-]{36})\}:usage(?::([0-9a-f-]{36}))?$/;

/** What the key of a hash names; undefined when it is not of our making. */
export function parseUsageKey(key: string): { budgetId: string; batchId?: string } | undefined {
  const [, budgetId, batchId] = USAGE_KEY.exec(key) ?? [];
  if (!budgetId || ![budgetId, batchId ?? budgetId].every((id) => isUuid(id))) return undefined;
  return batchId ? { budgetId, batchId } : { budgetId };
}
