import { counted } from '../../platform/text/index.js';
import type { Insight, NotComputed } from './analysis.types.js';
import type { Comparison } from './comparison.js';
import type { Study } from './study.js';
import { listed, moved, shown } from './wording.js';

/** Values of the first metrics, the answer to the question, and what could not be computed. */
export function summaryOf(
  study: Study,
  { results, rows }: Comparison,
  insights: Insight[],
  missing: NotComputed[],
): string {
  const { timeline, question } = study;
  const known = results.filter(({ value }) => value !== null).slice(0, 3);
  const values = known.map(({ label, value, unit }) => `${label.toLowerCase()} ${shown(value as number, unit)}`);
  const where = study.filters.length > 0 ? `, ${listed(study.filters.map(({ values: words }) => words))}` : '';
  const sentences: string[] = [];
  const premise = insights.find(({ kind }) => kind === 'premise');
  if (premise) sentences.push(premise.text);
  if (values.length > 0) {
    sentences.push(
      `${timeline ? timeline.period.label : 'All data'}${where}: ${listed(values)}, from ${counted(rows, 'row')}.`,
    );
  }
  const [main] = known;
  const key = timeline?.baseline?.period === timeline?.yearAgo ? 'year_ago' : 'previous';
  const base = main?.[key];
  if (!premise && timeline?.baseline && main && typeof base === 'number') {
    sentences.push(
      `Compared with ${timeline.baseline.words}, ${main.label.toLowerCase()} ${moved(base, main.value as number, main.unit)}.`,
    );
  }
  const explanation = insights.filter(
    ({ kind, metric }) =>
      ['drivers', 'contribution', 'breakdown', 'simpson'].includes(kind) &&
      (metric === main?.name || kind === 'simpson'),
  );
  sentences.push(...explanation.slice(0, question.asksWhy ? 3 : 1).map(({ text }) => text));
  return [...sentences, ...missingSentence(missing)].join(' ');
}

/** One sentence, or none. */
export const missingSentence = (missing: NotComputed[]): string[] =>
  missing.length > 0 ? [`Not computed: ${listed([...new Set(missing.map(({ metric }) => metric))])}.`] : [];
