import type { Response } from 'express';
import type { Decision, Policy } from './limit.js';

/**
 * Tells the caller how it stands with its limits, in both families of headers: X-RateLimit-* of the policy that will refuse
 * first, and all of them as RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers).
 */
export function setLimitHeaders(response: Response, { policies, isDegraded }: Decision, cost: number): void {
  if (isDegraded) response.setHeader('X-Parlance-Degraded', 'limits');
  if (policies.length === 0) return;
  const tightest = policies.reduce((least, policy) => (policy.remaining < least.remaining ? policy : least));
  response.setHeader('X-RateLimit-Limit', tightest.limit);
  response.setHeader('X-RateLimit-Remaining', tightest.remaining);
  response.setHeader('X-RateLimit-Reset', Math.ceil(Date.now() / 1000) + tightest.resetSeconds);
  response.setHeader('RateLimit-Policy', policies.map(describe).join(', '));
  response.setHeader('RateLimit', policies.map(state).join(', '));
  if (cost !== 1) response.setHeader('X-RateLimit-Cost', cost);
}

const describe = ({ name, limit, windowSeconds }: Policy): string => `"${name}";q=${limit};w=${windowSeconds}`;

const state = ({ name, remaining, resetSeconds }: Policy): string => `"${name}";r=${remaining};t=${resetSeconds}`;
