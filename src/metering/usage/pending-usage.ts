import { validate as isUuid } from 'uuid';
import type { Usage } from './usage.repository.js';

/** Under what a request is counted within a budget: the field of a Redis hash. It names the organization if the budget has another id. */
export function usageKey(
  { organizationId, day, credentialId, route }: Omit<Usage, 'requests'>,
  budgetId: string,
): string {
  const key = `${day}|${credentialId}|${route}`;
  return organizationId === budgetId ? key : `${organizationId}|${key}`;
}

/** What a budget's hash of counts says; what is not of our making is left out. */
export function readCounts(budgetId: string, counts: Record<string, string>): Usage[] {
  const field = /^(?:([0-9a-f-]{36})\|)?(\d{4}-\d\d-\d\d)\|([^|]+)\|(.+)$/s;
  return Object.entries(counts).flatMap(([key, value]) => {
    const [, organizationId = budgetId, day = '', credentialId = '', route = ''] = field.exec(key) ?? [];
    return isUuid(credentialId) ? [{ organizationId, day, credentialId, route, requests: Number(value) }] : [];
  });
}
