import { counted } from '../../platform/text/index.js';
import type { Analysis, AnalysisInput, Finding, MetricResult, Source } from './analysis.types.js';
import { breakDown } from './breakdown.js';
import { chartsOf } from './charts.js';
import { compare, driversOf, type Comparison } from './comparison.js';
import { studyCustomers } from './customers.js';
import { decompose } from './decomposition.js';
import { lineOf, rank, recommend, SIGNIFICANCE } from './insights.js';
import { prepare } from './preparation.js';
import { checkQuality } from './quality.js';
import { concentrate, correlate, differ } from './relations.js';
import type { Study } from './study.js';
import { summaryOf } from './summary.js';
import { followOverTime } from './time-shape.js';

type Progress = (percent: number, message: string) => Promise<void>;

/**
 * Answers a question about a table with numbers, each with the SQL that gives it.
 * @throws Unanswerable if the data have no answer
 */
export async function analyze(input: AnalysisInput, source: Source, progress: Progress): Promise<Analysis> {
  await progress(5, 'Reading the question.');
  const { study, notComputed, isGrowthAsked } = await prepare(input, source);
  await progress(12, 'Checking the data.');
  const quality = [...source.findings, ...(await checkQuality(study))];
  await progress(22, `Computing ${counted(study.metrics.length, 'metric')}.`);
  const comparison = await compare(study);
  await progress(38, 'Breaking down the change.');
  const decomposition = await decompose(study);
  const breakdown = await breakDown(study);
  await progress(55, 'Following the metrics over time.');
  const overTime = await followOverTime(study);
  await progress(68, 'Looking for relations.');
  const relations = [...(await correlate(study)), ...(await concentrate(study)), ...(await differ(study))];
  await progress(80, 'Studying the customers.');
  const customers = await studyCustomers(study);
  await progress(88, 'Ranking the insights.');

  const findings: Finding[] = [
    ...againstPremise(study, comparison),
    ...answering(study, [...driversOf(study, comparison.results), ...decomposition.findings]),
    ...breakdown.findings,
    ...overTime.findings,
    ...relations,
    ...customers.findings,
  ];
  const insights = rank(findings, study.metrics[0]?.name);
  const recommendations = recommend(insights);
  const tested = findings.filter(({ p_value: p }) => p !== null).length;
  const { timeline } = study;
  const unknown = [
    ...notComputed,
    ...customers.notComputed,
    ...(isGrowthAsked && !timeline?.baseline
      ? [{ metric: 'growth', reason: 'The data have no earlier period to compare with.' }]
      : []),
  ];
  return {
    description: input.description,
    data_source: { id: source.id, name: source.name, rows: source.rowCount },
    period: timeline && { ...timeline.period, previous: timeline.previous, year_ago: timeline.yearAgo },
    filters: study.filters.map(({ column, values, from }) => ({ column: column.name, values, from })),
    summary: summaryOf(study, comparison, insights, unknown),
    summary_model: null,
    insights: insights.map(lineOf),
    quantitative_results: quantitiesOf(comparison.results, comparison.rows, customers.values, isGrowthAsked),
    recommendations: recommendations.map(({ text }) => text),
    metrics: comparison.results,
    insight_details: insights,
    recommendation_details: recommendations,
    not_computed: unknown,
    data_quality: quality,
    charts: chartsOf(study, {
      series: overTime.series,
      contributions: decomposition.contributions,
      cohorts: customers.cohorts,
    }),
    tables: [...decomposition.tables, ...breakdown.tables, ...overTime.tables, ...customers.tables],
    method: methodOf(study, tested),
  };
}

/** The question may take for granted what is not so: then the first thing to say is that it is not. */
function againstPremise({ question, metrics: [metric] }: Study, { findings }: Comparison): Finding[] {
  const { premise } = question;
  return findings.map((found): Finding => {
    const { value, baseline } = found.numbers as { value: number; baseline: number };
    const isSo = premise === 'fell' ? value < baseline : value > baseline;
    if (!found.isAnswer || premise === undefined || isSo) return found;
    return {
      ...found,
      kind: 'premise',
      text: `${metric?.label} did not ${premise === 'fell' ? 'fall' : 'rise'}. ${found.text}`,
    };
  });
}

/** Where a change comes from is the answer to “why”. */
const answering = ({ question, metrics: [metric] }: Study, findings: Finding[]): Finding[] =>
  findings.map((found) =>
    question.asksWhy && found.metric === metric?.name ? { ...found, isAnswer: true as const } : found,
  );

function quantitiesOf(
  results: MetricResult[],
  rows: number,
  others: Record<string, number>,
  isGrowthAsked: boolean,
): Record<string, number> {
  const pairs = results.flatMap(
    ({ name, value, previous, year_ago, change, year_ago_change }): [string, number | null][] => [
      [name, value],
      [`${name}_previous`, previous],
      [`${name}_change`, change],
      [`${name}_year_ago`, year_ago],
      [`${name}_year_ago_change`, year_ago_change],
    ],
  );
  const growth: [string, number | null][] = isGrowthAsked ? [['growth', results[0]?.change ?? null]] : [];
  const known = [...pairs, ...growth].filter((pair): pair is [string, number] => pair[1] !== null);
  return { rows, ...Object.fromEntries(known), ...others };
}

function methodOf({ timeline, filters }: Study, tested: number): string[] {
  return [
    ...(timeline
      ? [`Dates are those of “${timeline.column.name}”. ${timeline.period.note}`]
      : ['The data have no dates, so nothing is compared over time.']),
    ...filters
      .filter(({ from }) => from === 'description')
      .map(({ column, values }) => `“${column.name}” is limited to ${values}, because the description names it.`),
    `${counted(tested, 'comparison')} were tested. Holm’s method corrects for their number: with ${SIGNIFICANCE * 100}% at most, any of them is called significant by mistake.`,
    ...(timeline ? ['Trends and seasons of sums and counts are those of months of equal length.'] : []),
    'Tests take the parts of a period (months, weeks or days) and the rows as independent of each other.',
  ];
}
