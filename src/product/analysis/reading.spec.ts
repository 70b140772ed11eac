import { describe, expect, it } from 'vitest';
import { Columns } from './columns.js';
import { fTail, tTwoSided } from './distributions.js';
import { ExpressionError, parseExpression } from './expression.js';
import { sqlOf } from './metric-sql.js';
import { parametersProblem } from './parameters.js';
import { parsePeriod, periodIn } from './period-request.js';
import { baselines, resolve, type TimeRange } from './periods.js';
import { readQuestion } from './question.js';
import { holm } from './statistics.js';

const RANGE: TimeRange = { first: '2022-01-01', last: '2024-11-20', usualGap: 1 };
const COLUMNS = new Columns([]);

describe('a period', () => {
  it.each([
    ['2024', '2024-01-01', '2025-01-01'],
    ['Q4_2023', '2023-10-01', '2024-01-01'],
    ['2023-Q4', '2023-10-01', '2024-01-01'],
    ['H1 2023', '2023-01-01', '2023-07-01'],
    ['2023-11', '2023-11-01', '2023-12-01'],
    ['Nov 2023', '2023-11-01', '2023-12-01'],
    ['second quarter of 2023', '2023-04-01', '2023-07-01'],
    ['2023-02-01 to 2023-02-10', '2023-02-01', '2023-02-11'],
    ['2023-01-01..2023-03-31', '2023-01-01', '2023-04-01'],
    ['last quarter', '2024-07-01', '2024-10-01'],
    ['last month', '2024-10-01', '2024-11-01'],
    ['last year', '2023-01-01', '2024-01-01'],
    ['this month', '2024-11-01', '2024-12-01'],
    ['last_30_days', '2024-10-22', '2024-11-21'],
    ['last six months', '2024-05-01', '2024-11-01'],
    ['year to date', '2024-01-01', '2024-11-21'],
    ['ytd', '2024-01-01', '2024-11-21'],
    ['Q4', '2024-10-01', '2025-01-01'],
    ['December', '2023-12-01', '2024-01-01'],
    ['all', '2022-01-01', '2024-11-21'],
  ])('%s', (text, start, end) => {
    expect(resolve(parsePeriod(text), RANGE)).toMatchObject({ start, end });
  });

  it.each(['banana', '', '2024-13', 'Q5_2024', '2024-02-31', 'sales in 2024'])('is not %j', (text) => {
    expect(parsePeriod(text)).toBeUndefined();
  });

  it('is found in a question, but not what it is compared with', () => {
    const question = readQuestion('Why did sales fall in the last quarter compared with the year before?', COLUMNS);
    expect(question).toMatchObject({
      period: { kind: 'last', grain: 'quarter' },
      baseline: 'year_ago',
      premise: 'fell',
      asksWhy: true,
    });
    expect(readQuestion('Sales in Q4 2023 versus Q2 2023', COLUMNS)).toMatchObject({
      period: { start: '2023-10-01' },
      baseline: { kind: 'fixed', start: '2023-04-01' },
    });
    expect(periodIn('Which 2024 orders?')).toBeUndefined();
    expect(periodIn('Market analysis for 2025')).toMatchObject({ start: '2025-01-01' });
  });

  it('without a request is the last complete year with a year before', () => {
    const period = resolve(undefined, RANGE);
    expect(period).toMatchObject({ label: '2023', is_complete: true });
    expect(baselines(period as NonNullable<typeof period>, RANGE)).toMatchObject({
      previous: { label: '2022' },
      year_ago: null,
    });
  });
});

describe('an expression', () => {
  it('becomes SQL of quoted names only', () => {
    expect(sqlOf(parseExpression(`sum("a""b" where c = 'it''s') / count(*)`))).toBe(
      `(sum("a""b") FILTER (WHERE "c" = 'it''s') / nullif(count(*), 0))`,
    );
    expect(sqlOf(parseExpression('-(1 + 2) * count_distinct(x)'))).toBe('(-((1 + 2)) * count(DISTINCT "x"))');
  });

  it.each([
    'sum(',
    'sum(a))',
    'sum((SELECT 1))',
    'read_csv(a)',
    'sum(sum(a))',
    'sum(a where b = (c))',
    'sum(a); DROP TABLE data',
    'sum(a) -- b ;',
    `${'('.repeat(100)}1${')'.repeat(100)}`,
  ])('is not %s', (text) => {
    expect(() => parseExpression(text)).toThrow(ExpressionError);
  });

  it('is checked with the request', () => {
    expect(parametersProblem({ metrics: ['sum(a'] })).toContain('Expected “)”');
    expect(
      parametersProblem({ metrics: ['revenue', 'x = sum(a)'], filters: { a: [1, 'b'], c: { min: 2 } } }),
    ).toBeUndefined();
  });
});

describe('statistics', () => {
  it('equal published tables', () => {
    // Critical values of t and F at 5%.
    expect(tTwoSided(2.228, 10)).toBeCloseTo(0.05, 3);
    expect(tTwoSided(1.96, 100_000)).toBeCloseTo(0.05, 3);
    expect(tTwoSided(12.706, 1)).toBeCloseTo(0.05, 3);
    expect(fTail(4.965, 1, 10)).toBeCloseTo(0.05, 3);
    expect(fTail(2.534, 5, 30)).toBeCloseTo(0.05, 3);
  });

  it('are corrected by Holm', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([])).toEqual([]);
  });
});
