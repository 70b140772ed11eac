import { identifier } from '../../platform/duckdb/index.js';
import type { Column, Unit } from './analysis.types.js';
import type { Columns } from './columns.js';

/** The columns that a named metric needs are missing, for this reason. */
export class Missing extends Error {}

export interface Named {
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
export const customerOf = (columns: Columns): Column => need(columns.withRole('customer'), 'customers');
const profitOf = (columns: Columns): Column => need(columns.numberNamed(/^(?:gross |net )?profit$/i), 'profit');

function ordersOf(columns: Columns): { expression: string; definition: string } {
  const order = columns.withRole('order');
  if (order)
    return { expression: `count_distinct(${quote(order)})`, definition: `Distinct values of “${order.name}”.` };
  if (!columns.amount) throw new Missing('The data have no column with orders, and none with the amount of a sale.');
  return {
    expression: 'count(*)',
    definition: 'Rows: the data have no column with orders, so each row counts as one.',
  };
}

/** The named metrics. Names that contain others come first. */
export const NAMED: Record<string, Named> = {
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
export const ALIASES: Record<string, string> = {
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

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
