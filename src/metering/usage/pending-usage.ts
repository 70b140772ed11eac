import { validate as isUuid } from 'uuid';
import { storableText } from '../../platform/database/index.js';
import type { Usage } from './usage.repository.js';

const MAX_ROUTE = 500;

/** Returns true for a calendar day. */
const isDay = (day: string): boolean => new Date(`${day}T00:00:00Z`).toJSON()?.slice(0, 10) === day;

/**
 * The field of a budget's hash in Redis under which a request is counted. It names the organization if the budget has
 * another id.
 */
export function usageFieldOf(
  { organizationId, day, credentialId, route }: Omit<Usage, 'requests'>,
  budgetId: string,
): string {
  const key = `${day}|${credentialId}|${route}`;
  return organizationId === budgetId ? key : `${organizationId}|${key}`;
}

/** The counts in a budget's hash, without malformed fields. */
export function readCounts(budgetId: string, counts: Record<string, string>): Usage[] {
  const field = /^(?:([0-9a-f-]{36})\|)?(\d{4}-\d\d-\d\d)\|([^|]+)\|(.+)$/s;
  return Object.entries(counts).flatMap(([key, value]) => {
    const [, organizationId = budgetId, day = '', credentialId = '', route = ''] = field.exec(key) ?? [];
    const requests = Number(value);
    const isOurs =
      [organizationId, credentialId].every((id) => isUuid(id)) && isDay(day) && Number.isSafeInteger(requests);
    return isOurs ? [{ organizationId, day, credentialId, route: storableText(route, MAX_ROUTE), requests }] : [];
  });
}
