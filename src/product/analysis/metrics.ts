import type { Column, NotComputed, Unit } from './analysis.types.js';
import { isDated, isNumeric, isRate, type Columns } from './columns.js';
import { parseExpression, type Condition, type Expression } from './expression.js';
import { ALIASES, customerOf, Missing, NAMED } from './named-metrics.js';

/** A metric whose columns are known. */
export interface Metric {
  name: string;
  label: string;
  definition: string;
  unit: Unit;
  expression: Expression;
}

/** Metrics over customers that no single aggregate gives. */
const CUSTOMER_METRICS = ['retention', 'new_customers', 'returning_customers'] as const;
export type CustomerMetric = (typeof CUSTOMER_METRICS)[number];

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
  if (chosen.metrics.length > 0 || (requested && !chosen.isGrowthAsked && chosen.customerMetrics.length === 0))
    return chosen;
  for (const name of [...DEFAULTS, 'records']) {
    if (chosen.metrics.length > 0 && name === 'records') break;
    add({ ...chosen, notComputed: [] }, name, columns);
  }
  for (const column of columns.amount ? [] : columns.measures.slice(0, 3)) add(chosen, column.name, columns);
  return chosen;
}

function add(chosen: ChosenMetrics, asked: string, columns: Columns): void {
  const key = asked
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
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
  note(
    'new_customers',
    /\bnew (?:vs\.?|versus|and|or) (?:returning|existing|repeat)\b|\bnew (?:customers|buyers)\b/.exec(text),
  );
  note('returning_customers', /\b(?:returning|repeat|existing) (?:customers|buyers)?\b/.exec(text));
  note('growth', /\bgrowth\b/.exec(text));
  for (const column of columns.measures) {
    const words = column.name.toLowerCase().replaceAll('_', ' ');
    const at = text.search(
      new RegExp(`(?<![\\p{L}\\d])${words.replace(/[^\p{L}\p{N} ]/gu, '\\$&')}(?![\\p{L}\\d])`, 'u'),
    );
    const isKnown =
      column === columns.amount || column === columns.withRole('quantity') || /^profit$/i.test(column.name);
    if (at >= 0 && !isKnown) found.push({ name: column.name, at, length: words.length });
  }
  // “Average order value” also contains other names, and “new customers” is no request to count all customers.
  const outer = found.filter(
    ({ at, length }) =>
      !found.some((other) => other.at <= at && other.at + other.length >= at + length && other.length > length),
  );
  return [...new Set(outer.sort((a, b) => a.at - b.at).map(({ name }) => name))];
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
  const value =
    typeof condition.value === 'number' && column.type === 'string' ? String(condition.value) : condition.value;
  const isDay = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value);
  if (typeof value === 'string' && column.type !== 'string' && !(isDated(column) && isDay)) {
    throw new Missing(`“${column.name}” cannot be compared with “${value}”.`);
  }
  return { ...condition, column: column.name, value };
}
