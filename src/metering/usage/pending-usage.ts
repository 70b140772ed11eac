import { validate as isUuid } from 'uuid';
import type { Usage } from './usage.repository.js';

/** Under what a request is counted within its organization: the field of a Redis hash. */
export const usageKey = ({ day, credentialId, route }: Pick<Usage, 'day' | 'credentialId' | 'route'>): string =>
  `${day}|${credentialId}|${route}`;

/** What a hash of counts says; what is not of our making is left out. */
export function readCounts(organizationId: string, counts: Record<string, string>): Usage[] {
  return Object.entries(counts).flatMap(([key, value]) => {
    const [, day = '', credentialId = '', route = ''] = /^(\d{4}-\d\d-\d\d)\|([^|]+)\|(.+)$/s.exec(key) ?? [];
    return isUuid(credentialId) ? [{ organizationId, day, credentialId, route, requests: Number(value) }] : [];
  });
}
