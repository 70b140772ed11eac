import type { Response } from 'express';
import { toSeconds, type Decision, type Policy } from './limit.js';

/** The decision that the headers of each response show. */
const told = new WeakMap<Response, Decision>();

/** Adds the policies of another decision about an admitted request. A policy of the same name is replaced. */
export function addLimitHeaders(response: Response, decision: Decision): void {
  const before = told.get(response)?.policies ?? [];
  const names = decision.policies.map(({ name }) => name);
  const policies = [...before.filter(({ name }) => !names.includes(name)), ...decision.policies];
  setLimitHeaders(response, { ...decision, policies }, 1);
}

/**
 * Sets both families of headers: X-RateLimit-* for one policy, and RateLimit and RateLimit-Policy for all of them
 * (draft-ietf-httpapi-ratelimit-headers).
 */
export function setLimitHeaders(response: Response, decision: Decision, cost: number): void {
  const { policies, isDegraded } = decision;
  told.set(response, decision);
  if (isDegraded) response.setHeader('X-Parlance-Degraded', 'limits');
  const tightest = tightestOf(decision);
  if (!tightest) return;
  response.setHeader('X-RateLimit-Limit', tightest.limit);
  response.setHeader('X-RateLimit-Remaining', tightest.remaining);
  response.setHeader('X-RateLimit-Reset', toSeconds(tightest.resetAt));
  response.setHeader('RateLimit-Policy', policies.map(describe).join(', '));
  response.setHeader('RateLimit', policies.map(state).join(', '));
  const taken = tightest.name === 'day' ? 1 : Math.min(cost, tightest.limit);
  if (taken !== 1) response.setHeader('X-RateLimit-Cost', taken);
}

/** The policy that refused; else the one with the lowest remaining count, and among equals the one that resets last. */
function tightestOf({ policies, refusedBy }: Decision): Policy | undefined {
  if (policies.length < 2) return policies[0];
  const [first] = policies.toSorted(
    (a, b) =>
      Number(b.name === refusedBy) - Number(a.name === refusedBy) || a.remaining - b.remaining || b.resetAt - a.resetAt,
  );
  return first;
}

const describe = ({ name, limit, windowSeconds }: Policy): string => `"${name}";q=${limit};w=${windowSeconds}`;

const state = ({ name, remaining, resetAt }: Policy): string =>
  `"${name}";r=${remaining};t=${Math.max(0, toSeconds(resetAt - Date.now()))}`;
