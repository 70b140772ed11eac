import { identifier } from '../../platform/duckdb/index.js';
import type { Finding, NotComputed, Table } from './analysis.types.js';
import { labelOf, move } from './calendar.js';
import { day } from './sql.js';
import { allRows, finding, numberOr0, smallSample, within, type Study } from './study.js';
import { percent, rounded } from './wording.js';

export interface CustomerResults {
  findings: Finding[];
  tables: Table[];
  values: Record<string, number>;
  notComputed: NotComputed[];
  cohorts: { cohort: string; age: number; share: number; size: number }[];
}

/** Periods after the first one that a cohort is followed. */
const MAX_AGE = 8;

/** Who came back, who is new, and how long customers stay. */
export async function studyCustomers(study: Study): Promise<CustomerResults> {
  const results: CustomerResults = { findings: [], tables: [], values: {}, notComputed: [], cohorts: [] };
  const customer = study.columns.withRole('customer');
  if (!customer || !study.timeline) return results;
  await retention(study, identifier(customer.name), results);
  await newAndReturning(study, identifier(customer.name), results);
  await cohorts(study, identifier(customer.name), results);
  return results;
}

async function retention(study: Study, customer: string, results: CustomerResults): Promise<void> {
  const { column, period, previous } = study.timeline as NonNullable<Study['timeline']>;
  if (!previous) {
    if (study.customerMetrics.includes('retention')) {
      results.notComputed.push({
        metric: 'retention',
        reason: `The data have no complete period before ${period.label}.`,
      });
    }
    return;
  }
  const sql =
    `WITH customers AS (SELECT ${customer} AS customer, bool_or(${within(column, previous)}) AS before, bool_or(${within(column, period)}) AS now ` +
    `${allRows(study, `${customer} IS NOT NULL`)} GROUP BY 1) ` +
    'SELECT count(*) FILTER (WHERE before) AS customers, count(*) FILTER (WHERE before AND now) AS kept FROM customers';
  const [row = {}] = await study.session.query(sql);
  const [customers, kept] = [numberOr0(row.customers), numberOr0(row.kept)];
  if (customers === 0) return;
  const share = rounded(kept / customers);
  results.values.retention = share;
  results.findings.push(
    finding({
      kind: 'retention',
      metric: 'retention',
      text: `${percent(share)} of the ${customers} customers of ${previous.label} bought again in ${period.label}.`,
      numbers: { customers, kept, retention: share },
      sql,
      sample_size: customers,
      effect: share,
      effect_measure: 'share of customers who came back',
      caution: smallSample(customers, 'customer'),
    }),
  );
}

async function newAndReturning(study: Study, customer: string, results: CustomerResults): Promise<void> {
  const { column, period, range } = study.timeline as NonNullable<Study['timeline']>;
  const date = identifier(column.name);
  const amount = study.columns.amount;
  const sum = amount ? `sum(${identifier(amount.name)})` : 'count(*)';
  const sql =
    `WITH customers AS (SELECT ${customer} AS customer, min(${date}) AS first, ${sum} FILTER (WHERE ${within(column, period)}) AS amount, ` +
    `count(*) FILTER (WHERE ${within(column, period)}) AS rows ${allRows(study, `${customer} IS NOT NULL`)} GROUP BY 1) ` +
    `SELECT count(*) FILTER (WHERE first >= ${day(period.start)}) AS new, count(*) FILTER (WHERE first < ${day(period.start)}) AS returning, ` +
    `sum(amount) FILTER (WHERE first >= ${day(period.start)}) AS new_amount, sum(amount) AS amount FROM customers WHERE rows > 0`;
  const [row = {}] = await study.session.query(sql);
  const [fresh, returning] = [numberOr0(row.new), numberOr0(row.returning)];
  if (fresh + returning === 0) return;
  const share = rounded(numberOr0(row.new_amount) / (numberOr0(row.amount) || 1));
  results.values.new_customers = fresh;
  results.values.returning_customers = returning;
  results.findings.push(
    finding({
      kind: 'new_customers',
      metric: 'new_customers',
      text: `${fresh} of the ${fresh + returning} customers of ${period.label} are new, with ${percent(share)} of ${amount ? `“${amount.name}”` : 'the rows'}.`,
      numbers: { new_customers: fresh, returning_customers: returning, share_of_new: share },
      sql,
      sample_size: fresh + returning,
      effect: share,
      effect_measure: 'share of new customers',
      caution:
        smallSample(fresh + returning, 'customer') ??
        `New means: not in the data before, which begin on ${range.first}.`,
    }),
  );
}

async function cohorts(study: Study, customer: string, results: CustomerResults): Promise<void> {
  const { column, range } = study.timeline as NonNullable<Study['timeline']>;
  const months = (Date.parse(range.last) - Date.parse(range.first)) / 86_400_000 / 30.4;
  if (months < 3) return;
  const grain = months > 18 ? 'quarter' : 'month';
  const date = `CAST(${identifier(column.name)} AS DATE)`;
  const sql =
    `WITH visits AS (SELECT DISTINCT ${customer} AS customer, date_trunc('${grain}', ${date}) AS visit ${allRows(study, `${customer} IS NOT NULL`, `${date} IS NOT NULL`)}), ` +
    'firsts AS (SELECT customer, min(visit) AS cohort FROM visits GROUP BY 1) ' +
    `SELECT CAST(cohort AS DATE) AS cohort, date_diff('${grain}', cohort, visit) AS age, count(*) AS customers ` +
    'FROM visits JOIN firsts USING (customer) GROUP BY 1, 2 ORDER BY 1, 2';
  const rows = await study.session.query(sql);
  const sizes = new Map(
    rows.filter(({ age }) => age === 0).map((row) => [String(row.cohort).slice(0, 10), numberOr0(row.customers)]),
  );
  const starts = [...sizes.keys()].slice(0, 16);
  const found = new Map(
    rows.map((row) => [`${String(row.cohort).slice(0, 10)} ${numberOr0(row.age)}`, numberOr0(row.customers)]),
  );
  for (const start of starts) {
    const size = sizes.get(start) as number;
    for (let age = 0; age <= MAX_AGE && move(grain, start, age) <= range.last; age += 1) {
      const share = rounded((found.get(`${start} ${age}`) ?? 0) / size);
      results.cohorts.push({ cohort: labelOf(grain, start), age, share, size });
    }
  }
  results.tables.push({
    name: 'cohort_retention',
    title: `Share of customers who bought again, by ${grain} of their first purchase`,
    order: 'time',
    columns: [
      'First purchase',
      'Customers',
      ...Array.from({ length: MAX_AGE }, (_, age) => `After ${age + 1} ${grain}${age === 0 ? '' : 's'}`),
    ],
    rows: starts.map((start) => {
      const own = results.cohorts.filter(({ cohort }) => cohort === labelOf(grain, start));
      return [
        labelOf(grain, start),
        sizes.get(start) as number,
        ...Array.from({ length: MAX_AGE }, (_, age) => own.find((other) => other.age === age + 1)?.share ?? null),
      ];
    }),
    sql,
  });
}
