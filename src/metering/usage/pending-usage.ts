import { validate as isUuid } from 'uuid';
import { storableText } from '../../platform/database/index.js';
import type { Usage } from './usage.repository.js';

const MAX_ROUTE = 500;

/** Under what a request is counted within its organization: the field of a Redis hash. */
export const usageKey = ({ day, credentialId, route }: Pick<Usage, 'day' | 'credentialId' | 'route'>): string =>
  `${day}|${credentialId}|${route}`;

/** A day that there is. */
const isDay = (day: string): boolean => new Date(`${day}T00:00:00Z`).toJSON()?.slice(0, 10) === day;

/** What a hash of counts says; what is not of our making is left out. */
export function readCounts(organizationId: string, counts: Record<string, string>): Usage[] {
  return Object.entries(counts).flatMap(([key, value]) => {
    const [, day = '', credentialId = '', route = ''] = /^(\d{4}-\d\d-\d\d)\|([^|]+)\|(.+)$/s.exec(key) ?? [];
    const requests = Number(value);
    const isOurs = isUuid(credentialId) && isDay(day) && Number.isSafeInteger(requests);
    return isOurs ? [{ organizationId, day, credentialId, route: storableText(route, MAX_ROUTE), requests }] : [];
  });
}
