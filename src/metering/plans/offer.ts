import type { Plan } from './plan.entity.js';

/** A sentence, with a leading space, that names the next higher plan with a larger limit; empty if there is none. */
export function offerAbove(plan: Plan, catalogue: Plan[], limitOf: (plan: Plan) => number | null, unit = ''): string {
  const limit = limitOf(plan) ?? Infinity;
  const next = catalogue.find((other) => other.rank > plan.rank && (limitOf(other) ?? Infinity) > limit);
  if (!next) return '';
  const more = limitOf(next);
  return ` The plan ${next.code} allows ${more === null ? 'an unlimited amount' : unit ? `${more} ${unit}` : more}.`;
}
