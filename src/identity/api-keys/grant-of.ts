import { invalidField } from '../../platform/errors/index.js';
import { canonicalBlock } from '../../platform/http/index.js';
import type { CreateApiKeyDto } from './api-keys.dto.js';
import type { Grant } from './grant-policy.js';

/** The requested grant; omitted settings come from `otherwise`. */
export function grantOf(input: Partial<CreateApiKeyDto>, otherwise: Grant): Grant {
  const { scopes = otherwise.scopes, rate_limit: rateLimit = otherwise.rateLimit } = input;
  const allowedIps = input.allowed_ips === undefined ? otherwise.allowedIps : canonicalBlocks(input.allowed_ips);
  const expiresAt = input.expires_at === undefined ? otherwise.expiresAt : futureTime(input.expires_at);
  return { scopes, rateLimit, allowedIps, expiresAt };
}

const canonicalBlocks = (entries: string[] | null): string[] | null =>
  entries && [...new Set(entries.map((entry) => canonicalBlock(entry) ?? entry))];

function futureTime(text: string | null): Date | null {
  if (text === null) return null;
  const time = new Date(text);
  if (time.getTime() <= Date.now()) throw invalidField('expires_at', 'must be in the future');
  return time;
}
