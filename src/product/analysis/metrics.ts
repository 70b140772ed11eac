import type { Column, NotComputed, Unit } from './analysis.types.js';
import { isDated, isNumeric, isRate, type Columns } from './columns.js';
import { parseExpression, type Condition, type Expression } from './expression.js';
import { identifier, literal } from './sql.js';

/** A metric whose columns are known. */
export interface Metric {
  name: string;
  label: string;
  definition: string;
  unit: Unit;
  expression: Expression;
}

/** Metrics over customers that no single aggregate gives. */
export const CUSTOMER_METRICS = ['retention', 'new_customers', 'returning_customers'] as const;
export type CustomerMetric = (typeof CUSTOMER_METRICS)[number];

/** The columns that a named metric needs are missing, for this reason. */
class Missing extends Error {}

interface Named {
  label: string;
  /** Words that mean it in a description. */
  words: RegExp;
  unit: Unit;
  /** @throws Missing */
  define: (columns: Columns) => { expression: string; definition: string };
}

const quote = ({ name }: Column): string => identifier(name);

function need(column: Column | undefined, what: string): Column {
  if (!column) throw new Missing(`The data have no column with ${what}.`);
  return column;
}

const amountOf = (columns: Columns): Column => need(columns.amount, 'the amount of a sale');
const customerOf = (columns: Columns): Column => need(columns.withRole('customer'), 'customers');
const profitOf = (columns: Columns): Column => need(columns.numberNamed(/^(?:gross |net )?profit$/i), 'profit');

function ordersOf(columns: Columns): { expression: string; definition: string } {
  const order = columns.withRole('order');
  if (order) return { expression: `count_distinct(${quote(order)})`, definition: `Distinct values of “${order.name}”.` };
  if (!columns.amount) throw new Missing('The data have no column with orders, and none with the amount of a sale.');
  return { expression: 'count(*)', definition: 'Rows: the data have no column with orders, so each row counts as one.' };
}

/** The named metrics. `null` in `words` would be read nowhere, so each has words of its own. */
const NAMED: Record<string, Named> = {
  avg_order_value: {
    label: 'Average order value',
    words: /\b(?:average|avg|mean) (?:order|basket|sale)s?(?: values?| sizes?)?\b|\baov\b|\bbasket (?:value|size)s?\b/,
    unit: 'amount',
    define: (columns) => {
      const orders = ordersOf(columns);
      return {
        expression: `sum(${quote(amountOf(columns))}) / ${orders.expression}`,
        definition: `Revenue divided by orders. Orders: ${lowerFirst(orders.definition)}`,
      };
    },
  },
  conversion_rate: {
    label: 'Conversion rate',
    words: /\bconversions?(?: rates?)?\b/,
    unit: 'share',
    define: conversion,
  },
  revenue: {
    label: 'Revenue',
    words: /\b(?:revenues?|sales|turnover|income)\b/,
    unit: 'amount',
    define: (columns) => {
      const amount = amountOf(columns);
      return { expression: `sum(${quote(amount)})`, definition: `The sum of “${amount.name}”.` };
    },
  },
  orders: {
    label: 'Orders',
    words: /\b(?:orders|transactions|purchases)\b/,
    unit: 'count',
    define: ordersOf,
  },
  customers: {
    label: 'Customers',
    words: /\b(?:number of )?(?:customers|buyers|clients)\b/,
    unit: 'count',
    define: (columns) => {
      const customer = customerOf(columns);
      return { expression: `count_distinct(${quote(customer)})`, definition: `Distinct values of “${customer.name}”.` };
    },
  },
  quantity: {
    label: 'Quantity',
    words: /\b(?:quantity|quantities|units|volumes?|items sold)\b/,
    unit: 'count',
    define: (columns) => {
      const quantity = need(columns.withRole('quantity'), 'quantities');
      return { expression: `sum(${quote(quantity)})`, definition: `The sum of “${quantity.name}”.` };
    },
  },
  profit: {
    label: 'Profit',
    words: /\bprofits?\b/,
    unit: 'amount',
    define: (columns) => {
      const profit = profitOf(columns);
      return { expression: `sum(${quote(profit)})`, definition: `The sum of “${profit.name}”.` };
    },
  },
  margin: {
    label: 'Profit margin',
    words: /\b(?:profit )?margins?\b|\bprofitability\b/,
    unit: 'share',
    define: (columns) => ({
      expression: `sum(${quote(profitOf(columns))}) / sum(${quote(amountOf(columns))})`,
      definition: 'Profit divided by revenue.',
    }),
  },
  records: {
    label: 'Rows',
    words: /\b(?:records|rows)\b/,
    unit: 'count',
    define: () => ({ expression: 'count(*)', definition: 'The rows of the data.' }),
  },
};

/** Other names of the same. */
const ALIASES: Record<string, string> = {
  sales: 'revenue',
  turnover: 'revenue',
  total_revenue: 'revenue',
  total_sales: 'revenue',
  order_count: 'orders',
  total_orders: 'orders',
  transactions: 'orders',
  total_transactions: 'orders',
  average_order_value: 'avg_order_value',
  aov: 'avg_order_value',
  conversion: 'conversion_rate',
  units: 'quantity',
  profit_margin: 'margin',
  active_customers: 'customers',
  retention_rate: 'retention',
  customer_retention: 'retention',
  repeat_rate: 'retention',
  churn: 'retention',
  new_vs_returning: 'new_customers',
  growth_rate: 'growth',
};

const DEFAULTS = ['revenue', 'orders', 'avg_order_value', 'customers'];
/** More at once would be a table, not an answer. */
const MAX_METRICS = 12;

export interface ChosenMetrics {
  metrics: Metric[];
  customerMetrics: CustomerMetric[];
  /** Growth was asked for: the change of the first metric. */
  isGrowthAsked: boolean;
  notComputed: NotComputed[];
}

/** The metrics of a request: those that it names, else those of the description, else the usual ones. */
export function chooseMetrics(
  requested: string[] | undefined,
  description: string,
  columns: Columns,
  asksWhy: boolean,
): ChosenMetrics {
  const named = requested ?? metricsIn(description, columns);
  const chosen: ChosenMetrics = { metrics: [], customerMetrics: [], isGrowthAsked: false, notComputed: [] };
  for (const name of named.slice(0, MAX_METRICS)) add(chosen, name, columns);
  for (const name of named.slice(MAX_METRICS)) {
    chosen.notComputed.push({ metric: name, reason: `A task computes up to ${MAX_METRICS} metrics.` });
  }
  // Revenue changes with the number of orders and with their value.
  if (asksWhy && chosen.metrics.some(({ name }) => name === 'revenue')) {
    for (const name of ['orders', 'avg_order_value']) add({ ...chosen, notComputed: [] }, name, columns);
  }
  // Growth and retention are those of something.
  if (chosen.metrics.length > 0 || (requested && !chosen.isGrowthAsked && chosen.customerMetrics.length === 0)) return chosen;
  for (const name of [...DEFAULTS, 'records']) {
    if (chosen.metrics.length > 0 && name === 'records') break;
    add({ ...chosen, notComputed: [] }, name, columns);
  }
  for (const column of columns.amount ? [] : columns.measures.slice(0, 3)) add(chosen, column.name, columns);
  return chosen;
}

function add(chosen: ChosenMetrics, asked: string, columns: Columns): void {
  const key = asked.trim().toLowerCase().replace(/[\s-]+/g, '_');
  const name = ALIASES[key] ?? key;
  if (name === 'growth') {
    chosen.isGrowthAsked = true;
    return;
  }
  try {
    if (isCustomerMetric(name)) {
      customerOf(columns);
      if (!columns.time) throw new Missing('The data have no column with dates.');
      if (!chosen.customerMetrics.includes(name)) chosen.customerMetrics.push(name);
      return;
    }
    const metric = metricOf(asked, name, columns);
    if (!chosen.metrics.some((other) => other.name === metric.name)) chosen.metrics.push(metric);
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    chosen.notComputed.push({ metric: asked, reason: error.message });
  }
}

const isCustomerMetric = (name: string): name is CustomerMetric => CUSTOMER_METRICS.includes(name as CustomerMetric);

function metricOf(asked: string, key: string, columns: Columns): Metric {
  const named = Object.hasOwn(NAMED, key) ? NAMED[key] : undefined;
  if (named) {
    const { expression, definition } = named.define(columns);
    return { name: key, label: named.label, unit: named.unit, definition, expression: bound(expression, columns) };
  }
  const column = columns.find(asked);
  if (column) return ofColumn(column);
  const { name, text } = splitName(asked);
  if (!/[()]/.test(text)) throw new Missing(`The data have no column “${asked}”, and no metric has this name.`);
  return { name, label: name, unit: 'number', definition: text, expression: bound(text, columns) };
}

function ofColumn(column: Column): Metric {
  if (!isNumeric(column)) throw new Missing(`“${column.name}” has no numbers to add up.`);
  const isAveraged = isRate(column);
  return {
    name: column.name,
    label: isAveraged ? `Average ${column.name}` : column.name,
    unit: 'number',
    definition: `The ${isAveraged ? 'average' : 'sum'} of “${column.name}”.`,
    expression: {
      kind: 'aggregate',
      name: isAveraged ? 'avg' : 'sum',
      of: { kind: 'name', name: column.name },
      conditions: [],
    },
  };
}

/** `margin = sum(Profit) / sum(Sales)` names its metric. */
export function splitName(text: string): { name: string; text: string } {
  const [, name, rest] = /^\s*([\p{L}_][\p{L}\p{N}_ ]{0,40}?)\s*=\s*(?!=)(.+)$/su.exec(text) ?? [];
  return name === undefined || rest === undefined ? { name: text.trim(), text: text.trim() } : { name, text: rest };
}

/** The metrics that a description names, in its order. */
function metricsIn(description: string, columns: Columns): string[] {
  const text = description.toLowerCase().replaceAll('_', ' ');
  const found: { name: string; at: number; length: number }[] = [];
  const note = (name: string, match: RegExpExecArray | null): void => {
    if (match) found.push({ name, at: match.index, length: match[0].length });
  };
  for (const [name, { words }] of Object.entries(NAMED)) note(name, words.exec(text));
  note('retention', /\b(?:retention|repeat rate|churn|loyal(?:ty)?)\b/.exec(text));
  note('new_customers', /\bnew (?:vs\.?|versus|and|or) (?:returning|existing|repeat)\b|\bnew (?:customers|buyers)\b/.exec(text));
  note('returning_customers', /\b(?:returning|repeat|existing) (?:customers|buyers)?\b/.exec(text));
  note('growth', /\bgrowth\b/.exec(text));
  for (const column of columns.measures) {
    const words = column.name.toLowerCase().replaceAll('_', ' ');
    const at = text.search(new RegExp(`(?<![\\p{L}\\d])${words.replace(/[^\p{L}\p{N} ]/gu, '\\$&')}(?![\\p{L}\\d])`, 'u'));
    const isKnown = column === columns.amount || column === columns.withRole('quantity') || /^profit$/i.test(column.name);
    if (at >= 0 && !isKnown) found.push({ name: column.name, at, length: words.length });
  }
  // “Average order value” also contains other names, and “new customers” is no request to count all customers.
  const outer = found.filter(
    ({ at, length }) => !found.some((other) => other.at <= at && other.at + other.length >= at + length && other.length > length),
  );
  return [...new Set(outer.sort((a, b) => a.at - b.at).map(({ name }) => name))];
}

function conversion(columns: Columns): { expression: string; definition: string } {
  const visits = columns.numberNamed(/^(?:website |site |page )?(?:visits|sessions|visitors|leads)$/i);
  const conversions = columns.numberNamed(/^(?:conversions|orders|purchases|transactions)$/i);
  if (visits && conversions) {
    return {
      expression: `sum(${quote(conversions)}) / sum(${quote(visits)})`,
      definition: `“${conversions.name}” divided by “${visits.name}”.`,
    };
  }
  const flag = columns.all.find(({ name, type }) => type === 'boolean' && /convert|purchas|bought/i.test(name));
  if (flag) {
    return {
      expression: `count(* where ${quote(flag)} = true) / count(*)`,
      definition: `The share of rows whose “${flag.name}” is true.`,
    };
  }
  throw new Missing(
    'A conversion rate needs visits and how many of them led to an order. The data have no column with visits or sessions, ' +
      'and none that says whether a visit converted.',
  );
}

/** The expression with the names of existing columns. */
function bound(text: string, columns: Columns): Expression {
  return bind(parseExpression(text), columns, false);
}

function bind(node: Expression, columns: Columns, isInside: boolean): Expression {
  switch (node.kind) {
    case 'number':
      return node;
    case 'negative':
      return { ...node, of: bind(node.of, columns, isInside) };
    case 'binary':
      return { ...node, left: bind(node.left, columns, isInside), right: bind(node.right, columns, isInside) };
    case 'name':
      return isInside ? { kind: 'name', name: columnOf(node.name, columns).name } : inner(node.name, columns);
    case 'aggregate':
      return {
        ...node,
        of: node.of === '*' ? '*' : aggregated(node.name, bind(node.of, columns, true), columns),
        conditions: node.conditions.map((condition) => checked(condition, columns)),
      };
  }
}

/** A named metric within an expression, such as `revenue / customers`. */
function inner(name: string, columns: Columns): Expression {
  const key = ALIASES[name.toLowerCase()] ?? name.toLowerCase();
  const named = Object.hasOwn(NAMED, key) ? NAMED[key] : undefined;
  if (named) return bound(named.define(columns).expression, columns);
  throw new Missing(`“${name}” is no metric. To add up a column, write sum(${name}).`);
}

function columnOf(name: string, columns: Columns): Column {
  const column = columns.find(name);
  if (!column) throw new Missing(`The data have no column “${name}”.`);
  return column;
}

function aggregated(name: string, of: Expression, columns: Columns): Expression {
  if (name === 'count' || name === 'count_distinct') return of;
  const text = namesIn(of).find((column) => !isNumeric(columnOf(column, columns)));
  if (text !== undefined) throw new Missing(`“${text}” has no numbers.`);
  return of;
}

const namesIn = (node: Expression | '*'): string[] => {
  if (node === '*' || node.kind === 'number') return [];
  if (node.kind === 'name') return [node.name];
  return node.kind === 'binary' ? [...namesIn(node.left), ...namesIn(node.right)] : namesIn(node.of);
};

function checked(condition: Condition, columns: Columns): Condition {
  const column = columnOf(condition.column, columns);
  const value = typeof condition.value === 'number' && column.type === 'string' ? String(condition.value) : condition.value;
  const isDay = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value);
  if (typeof value === 'string' && column.type !== 'string' && !(isDated(column) && isDay)) {
    throw new Missing(`“${column.name}” cannot be compared with “${value}”.`);
  }
  return { ...condition, column: column.name, value };
}

/** The SQL of an expression over the rows that meet a condition. */
export function sqlOf(node: Expression, condition?: string): string {
  switch (node.kind) {
    case 'number':
      return String(node.value);
    case 'name':
      return identifier(node.name);
    case 'negative':
      return `-(${sqlOf(node.of, condition)})`;
    case 'binary': {
      const right = sqlOf(node.right, condition);
      return `(${sqlOf(node.left, condition)} ${node.operator} ${node.operator === '/' ? `nullif(${right}, 0)` : right})`;
    }
    case 'aggregate': {
      const of = node.of === '*' ? '*' : sqlOf(node.of);
      const call = node.name === 'count_distinct' ? `count(DISTINCT ${of})` : `${node.name}(${of})`;
      const conditions = [
        ...(condition === undefined ? [] : [condition]),
        ...node.conditions.map(({ column, operator, value }) => `${identifier(column)} ${operator} ${literal(value)}`),
      ];
      return conditions.length > 0 ? `${call} FILTER (WHERE ${conditions.join(' AND ')})` : call;
    }
  }
}

/** True if the values of parts add up to the value of the whole, for sure. */
export function isAdditive(node: Expression): boolean {
  if (node.kind === 'binary') return ['+', '-'].includes(node.operator) && isAdditive(node.left) && isAdditive(node.right);
  if (node.kind === 'negative') return isAdditive(node.of);
  return node.kind === 'aggregate' && (node.name === 'sum' || node.name === 'count');
}

/** Numerator and denominator, if it is a quotient of two things that are added or counted. */
export function quotientOf(node: Expression): { numerator: Expression; denominator: Expression } | undefined {
  if (node.kind === 'aggregate' && node.name === 'avg' && node.of !== '*') {
    return { numerator: { ...node, name: 'sum' }, denominator: { ...node, name: 'count' } };
  }
  if (node.kind !== 'binary' || node.operator !== '/') return undefined;
  return isCounted(node.left) && isCounted(node.right) ? { numerator: node.left, denominator: node.right } : undefined;
}

const isCounted = (node: Expression): boolean =>
  isAdditive(node) || (node.kind === 'aggregate' && node.name === 'count_distinct');

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
