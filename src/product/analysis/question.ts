import type { Column } from './analysis.types.js';
import type { Columns } from './columns.js';
import { periodIn, type PeriodRequest } from './period-request.js';

/** What a description asks, besides its metrics and values of columns. */
export interface Question {
  period: PeriodRequest | undefined;
  /** What to compare with: the period right before, the same one a year before, or one that is named. */
  baseline: 'previous' | 'year_ago' | PeriodRequest;
  /** The direction that the question takes for granted. */
  premise: 'fell' | 'rose' | undefined;
  asksWhy: boolean;
  dimensions: Column[];
}

const COMPARED = /\b(?:compared? (?:with|to)|versus|vs\.?|against|relative to|than)\b(.*)$/is;
const YEAR_AGO =
  /\b(?:year before|year ago|year earlier|year[- ]on[- ]year|year[- ]over[- ]year|yoy|previous year|prior year|same \w+ last year|last year)\b/i;
const BEFORE =
  /\b(?:period before|previous period|(?:quarter|month|week|half|day) before|previous (?:quarter|month|week|half|day))\b/i;
const FELL =
  /\b(?:fall|fell|fallen|falling|drop(?:s|ped|ping)?|declin\w*|decreas\w*|shr[iau]nk\w*|lower|down|dip(?:ped)?|slump\w*|los[et]|worse\w*|slow\w*)\b/i;
const ROSE =
  /\b(?:rise|rose|risen|rising|increas\w*|grow\w*|grew|higher|up|jump\w*|climb\w*|improv\w*|better|gain\w*)\b/i;
const WHY = /\b(?:why|what (?:caused|explains|drove|led to)|reasons? (?:for|why)|drivers?|causes?)\b/i;

export function readQuestion(description: string, columns: Columns): Question {
  const [tail = ''] = COMPARED.exec(description)?.slice(1) ?? [];
  const head = tail ? description.replace(COMPARED, ' ') : description;
  const isYearAgo = YEAR_AGO.test(tail || description);
  const named = tail && !isYearAgo && !BEFORE.test(tail) ? periodIn(tail) : undefined;
  // Without a period of its own, “compared with Q3 2024” names the period of the question.
  const own = periodIn(
    tail ? head : isYearAgo ? head.replace(/\b(?:year before|year ago|previous year|prior year)\b/gi, ' ') : head,
  );
  return {
    period: own,
    baseline: isYearAgo ? 'year_ago' : own && named ? named : 'previous',
    premise: FELL.test(head) ? 'fell' : ROSE.test(head) && WHY.test(head) ? 'rose' : undefined,
    asksWhy: WHY.test(head),
    dimensions: dimensionsIn(description, columns),
  };
}

/** The columns with groups that a description names: “by region”, “per sub-category”. */
function dimensionsIn(description: string, columns: Columns): Column[] {
  const text = ` ${description.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ')} `;
  const named = columns.groups
    .map((column) => ({
      column,
      name: column.name
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]+/gu, ' ')
        .trim(),
    }))
    .filter(
      ({ name }) =>
        name.length > 1 && [name, `${name}s`, name.replace(/y$/, 'ies')].some((form) => text.includes(` ${form} `)),
    );
  // “Sub-category” also contains “category”.
  return named
    .filter(
      ({ name }) =>
        !named.some(
          (other) => other.name !== name && other.name.includes(name) && !isAlsoAlone(text, name, other.name),
        ),
    )
    .map(({ column }) => column);
}

const isAlsoAlone = (text: string, name: string, within: string): boolean =>
  text.replaceAll(within, '').includes(` ${name} `);
