import type { Chart } from './analysis.types.js';
import type { CustomerResults } from './customers.js';
import type { Decomposition } from './decomposition.js';
import type { Study } from './study.js';
import type { Series } from './time-shape.js';

/** Colors that people with any color vision tell apart (Okabe and Ito). */
const COLORS = { blue: '#0072B2', orange: '#D55E00', gray: '#767676', light: '#E8EEF4' };
const FONT = 'Helvetica, Arial, sans-serif';
const MAX_BARS = 12;
const MAX_BREAKDOWNS = 3;

const CONFIG = {
  background: '#ffffff',
  font: FONT,
  title: {
    fontSize: 16,
    anchor: 'start',
    offset: 14,
    fontWeight: 600,
    color: '#1a1a1a',
    subtitleFontSize: 12,
    subtitleColor: '#555555',
    subtitlePadding: 4,
  },
  axis: {
    labelFontSize: 12,
    titleFontSize: 12,
    labelColor: '#333333',
    titleColor: '#333333',
    titleFontWeight: 400,
    gridColor: '#e6e6e6',
    domainColor: '#999999',
    tickColor: '#999999',
    labelLimit: 180,
  },
  legend: { labelFontSize: 12, titleFontSize: 12 },
  view: { stroke: null },
};

const SCHEMA = 'https://vega.github.io/schema/vega-lite/v6.json';

interface Content {
  series: Series[];
  contributions: Decomposition['contributions'];
  cohorts: CustomerResults['cohorts'];
}

/** The pictures of an analysis. Names from the data are values of the data, never parts of an expression. */
export function chartsOf(study: Study, { series, contributions, cohorts }: Content): Chart[] {
  return [
    ...series.filter(({ points }) => points.length > 1).map((each) => overTime(study, each)),
    ...[...contributions]
      .sort((a, b) => spread(b) - spread(a))
      .slice(0, MAX_BREAKDOWNS)
      .map((each) => contributionChart(study, each)),
    ...(cohorts.some(({ age }) => age > 0) ? [cohortChart(cohorts)] : []),
  ];
}

/** How far the parts of a change are from each other: a chart of equal ones shows nothing. */
const spread = ({ parts }: Content['contributions'][number]): number =>
  Math.max(...parts.map(({ contribution }) => contribution)) -
  Math.min(...parts.map(({ contribution }) => contribution));

const format = (unit: string): string => (unit === 'share' ? '.1%' : unit === 'count' ? ',.0f' : '~s');

function overTime({ timeline }: Study, { metric, grain, points }: Series): Chart {
  const title = `${metric.label} by ${grain}`;
  const spans = timeline
    ? [
        { start: timeline.period.start, end: timeline.period.end, name: timeline.period.label },
        ...(timeline.baseline
          ? [
              {
                start: timeline.baseline.period.start,
                end: timeline.baseline.period.end,
                name: timeline.baseline.words,
              },
            ]
          : []),
      ]
    : [];
  const dropped = points.some(({ isComplete }) => !isComplete);
  const values = points.map(({ start, value, isComplete }) => ({
    start,
    value,
    state: isComplete ? 'complete' : 'incomplete',
  }));
  const y = {
    field: 'value',
    type: 'quantitative',
    title: metric.label,
    axis: { format: format(metric.unit), tickCount: 5 },
  };
  const x = {
    field: 'start',
    type: 'temporal',
    title: null,
    axis: {
      format: grain === 'day' || grain === 'week' ? '%d %b %Y' : '%b %Y',
      tickCount: 8,
      labelOverlap: true,
      grid: false,
    },
  };
  return {
    name: `${slug(metric.name)}-over-time`,
    title,
    alt: `A line of ${metric.label} by ${grain}, ${values.length} points from ${values[0]?.start} to ${values.at(-1)?.start}.`,
    spec: {
      $schema: SCHEMA,
      config: CONFIG,
      width: 640,
      height: 260,
      title: {
        text: title,
        subtitle: subtitle(
          spans.map(({ name }) => name),
          dropped,
        ),
      },
      layer: [
        {
          data: { values: spans },
          mark: { type: 'rect', color: COLORS.light },
          encoding: { x: { ...x, field: 'start' }, x2: { field: 'end' } },
        },
        { data: { values }, mark: { type: 'line', color: COLORS.blue, strokeWidth: 2 }, encoding: { x, y } },
        {
          data: { values },
          mark: { type: 'point', size: 26, filled: true },
          encoding: {
            x,
            y,
            color: {
              field: 'state',
              type: 'nominal',
              scale: { domain: ['complete', 'incomplete'], range: [COLORS.blue, COLORS.orange] },
              legend: null,
            },
            shape: {
              field: 'state',
              type: 'nominal',
              scale: { domain: ['complete', 'incomplete'], range: ['circle', 'triangle-up'] },
              legend: null,
            },
          },
        },
      ],
    },
  };
}

const subtitle = (periods: string[], isIncomplete: boolean): string =>
  [
    ...(periods.length > 0 ? [`Shaded: ${periods.join(' and ')}.`] : []),
    ...(isIncomplete ? ['Triangles: incomplete.'] : []),
  ].join(' ');

function contributionChart(
  { timeline }: Study,
  { column, metric, parts, baseline }: Content['contributions'][number],
): Chart {
  const shownParts = parts.slice(0, MAX_BARS);
  const rest = parts.slice(MAX_BARS);
  const values = [
    ...shownParts.map(({ segment, contribution }) => ({ segment: shortened(segment), contribution })),
    ...(rest.length > 0
      ? [{ segment: `${rest.length} others`, contribution: rest.reduce((sum, part) => sum + part.contribution, 0) }]
      : []),
  ].map((value) => ({ ...value, direction: value.contribution < 0 ? 'fell' : 'rose' }));
  const title = `Change in ${metric.label.toLowerCase()} by ${column.name}`;
  const y = {
    field: 'segment',
    type: 'nominal',
    title: null,
    sort: null,
    axis: { domain: false, ticks: false, labelPadding: 8 },
  };
  const x = {
    field: 'contribution',
    type: 'quantitative',
    title: `Change in ${metric.label.toLowerCase()}`,
    axis: { format: format(metric.unit), tickCount: 6 },
    scale: { padding: 56 },
  };
  return {
    name: `${slug(metric.name)}-change-by-${slug(column.name)}`,
    title,
    alt: `Bars of the change in ${metric.label} by ${column.name}: ${values.map(({ segment, contribution }) => `${segment} ${contribution.toFixed(0)}`).join(', ')}.`,
    spec: {
      $schema: SCHEMA,
      config: CONFIG,
      width: 560,
      height: { step: 28 },
      title: { text: title, subtitle: `${timeline?.period.label ?? ''} compared with ${baseline.label}` },
      data: { values },
      encoding: { y, x },
      layer: [
        {
          mark: { type: 'bar', height: 18 },
          encoding: {
            color: {
              field: 'direction',
              type: 'nominal',
              scale: { domain: ['rose', 'fell'], range: [COLORS.blue, COLORS.orange] },
              legend: null,
            },
          },
        },
        {
          transform: [{ filter: 'datum.contribution >= 0' }],
          mark: { type: 'text', align: 'left', dx: 5, fontSize: 12, color: '#333333' },
          encoding: { text: { field: 'contribution', type: 'quantitative', format: '+,.3~s' } },
        },
        {
          transform: [{ filter: 'datum.contribution < 0' }],
          mark: { type: 'text', align: 'right', dx: -5, fontSize: 12, color: '#333333' },
          encoding: { text: { field: 'contribution', type: 'quantitative', format: '+,.3~s' } },
        },
        {
          mark: { type: 'rule', color: COLORS.gray },
          encoding: { x: { datum: 0, type: 'quantitative' }, y: { value: 0 }, y2: { value: 'height' } },
          data: { values: [{}] },
        },
      ],
    },
  };
}

function cohortChart(cohorts: Content['cohorts']): Chart {
  const values = cohorts.filter(({ age }) => age > 0);
  const title = 'Customers who bought again';
  return {
    name: 'cohort-retention',
    title,
    alt: 'A table of colors: the share of customers of each cohort who bought again, by periods since their first purchase.',
    spec: {
      $schema: SCHEMA,
      config: CONFIG,
      width: { step: 52 },
      height: { step: 24 },
      title: { text: title, subtitle: 'Share of each cohort, by periods since the first purchase' },
      data: { values },
      encoding: {
        x: { field: 'age', type: 'ordinal', title: 'Periods since the first purchase', axis: { labelAngle: 0 } },
        y: { field: 'cohort', type: 'ordinal', title: null, sort: null },
      },
      layer: [
        {
          mark: 'rect',
          encoding: {
            color: {
              field: 'share',
              type: 'quantitative',
              title: 'Share',
              scale: { scheme: 'blues', domainMin: 0 },
              legend: { format: '.0%' },
            },
          },
        },
        {
          mark: { type: 'text', fontSize: 11 },
          encoding: {
            text: { field: 'share', type: 'quantitative', format: '.0%' },
            color: {
              condition: {
                test: `datum.share > ${0.6 * Math.max(...values.map(({ share }) => share), 0.01)}`,
                value: '#ffffff',
              },
              value: '#1a1a1a',
            },
          },
        },
      ],
    },
  };
}

const shortened = (text: string): string => (text.length > 28 ? `${text.slice(0, 27)}…` : text);

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '') || 'value';
