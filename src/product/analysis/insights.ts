import type { Finding, Insight, Recommendation } from './analysis.types.js';
import { isWeak } from './relations.js';
import { holm } from './statistics.js';
import { probability } from './wording.js';

/** The chance that any of all insights of a task is called significant by mistake. */
export const SIGNIFICANCE = 0.05;
const MAX_INSIGHTS = 25;

/** Kinds that answer questions even if nothing is certain: a change that may be chance is worth knowing. */
const ALWAYS = new Set(['comparison', 'premise', 'contribution']);

/** Corrects for the number of comparisons, leaves out what is weak or may be chance, and ranks the rest by effect. */
export function rank(findings: Finding[], mainMetric: string | undefined): Insight[] {
  const tested = findings.filter(({ p_value: p }) => p !== null);
  const adjusted = new Map(holm(tested.map(({ p_value: p }) => p as number)).map((p, index) => [tested[index], p]));
  const all = findings.map((finding) => {
    const p = adjusted.get(finding) ?? null;
    return { finding, adjusted: p, isSignificant: p === null ? null : p < SIGNIFICANCE };
  });
  const worth = all.filter(
    ({ finding, isSignificant }) =>
      !isWeak(finding) &&
      (isSignificant !== false || finding.isAnswer || (ALWAYS.has(finding.kind) && finding.metric === mainMetric)),
  );
  // The change itself first, then where it comes from; then by effect, with what may be chance behind all else.
  const order = ({ finding: { kind, isAnswer }, isSignificant }: (typeof all)[number]): number => {
    if (isAnswer) return kind === 'comparison' || kind === 'premise' ? 0 : 1;
    return isSignificant === false ? 3 : 2;
  };
  return worth
    .sort((a, b) => order(a) - order(b) || b.finding.effect - a.finding.effect)
    .slice(0, MAX_INSIGHTS)
    .map(({ finding: { isAnswer: _, ...finding }, adjusted: p, isSignificant }, index) => ({
      ...finding,
      id: `insight-${index + 1}`,
      adjusted_p_value: p,
      is_significant: isSignificant,
    }));
}

/** An insight as one line. */
export function lineOf({ text, adjusted_p_value: p, is_significant: isSignificant, caution }: Insight): string {
  const certainty =
    p === null
      ? ''
      : isSignificant
        ? ` This is significant (${probability(p)}).`
        : ` This may be chance (${probability(p)}).`;
  return `${text}${certainty}${caution === null ? '' : ` ${caution}`}`;
}

type Rule = (insight: Insight) => string | undefined;

const named = (value: unknown): string => `“${String(value)}”`;

/** What follows from an insight, by its kind. */
const RULES: Partial<Record<Insight['kind'], Rule>> = {
  contribution: ({ numbers, effect }) =>
    effect >= 0.02
      ? `Look at ${named(numbers.largest_segment)} first: it has the largest part in the change by ${String(numbers.dimension)}.`
      : undefined,
  drivers: ({ numbers }) =>
    Math.abs(Number(numbers.by_orders)) >= Math.abs(Number(numbers.by_average_value))
      ? 'Look for the reason in the number of orders rather than in their value.'
      : 'Look for the reason in the value of orders (prices, discounts, products) rather than in their number.',
  simpson: ({ numbers }) =>
    `Report this metric by ${String(numbers.dimension)}: the total points in the wrong direction.`,
  seasonality: ({ numbers }) =>
    `Plan stock and staff for ${String(numbers.highest)}, and compare ${String(numbers.lowest)} with the same time a year before rather than with the period before.`,
  change_point: ({ numbers }) => `Find out what changed around ${String(numbers.at)}.`,
  outlier: ({ numbers }) => `Check the data around ${String(numbers.at)} before you rely on them.`,
  concentration: ({ numbers }) =>
    Number(numbers.top_share) >= 0.3
      ? `Know the few values of ${named(numbers.column)} on which much of the amount depends.`
      : undefined,
  retention: ({ numbers }) =>
    Number(numbers.retention) < 0.5 ? 'Find out why most customers did not come back.' : undefined,
  trend: ({ numbers, metric }) =>
    Number(numbers.per_point) < 0
      ? `Find out why ${named(metric)} has been falling for long, before you judge single periods.`
      : undefined,
  correlation: ({ numbers }) =>
    Number(numbers.correlation) < -0.15 &&
    [numbers.first, numbers.second].some((name) => /discount/i.test(String(name)))
      ? `Test smaller discounts: ${named(numbers.first)} and ${named(numbers.second)} move in opposite directions.`
      : undefined,
};

/** At most one of each kind, from insights that are not likely to be chance. */
export function recommend(insights: Insight[]): Recommendation[] {
  const seen = new Set<string>();
  return insights.flatMap((insight) => {
    if (insight.is_significant === false || seen.has(insight.kind)) return [];
    const text = RULES[insight.kind]?.(insight);
    if (text === undefined) return [];
    seen.add(insight.kind);
    return [{ text, insight: insight.id }];
  });
}
