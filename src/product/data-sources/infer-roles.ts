import type { ColumnProfile, ColumnRole, ColumnType } from './profile.js';

/** More different values than this are no category. */
const MAX_CATEGORIES = 200;
const TIMES: ColumnType[] = ['date', 'timestamp'];
const NUMBERS: ColumnType[] = ['number', 'integer'];
const KEYS: ColumnType[] = ['string', 'integer'];

interface Rule {
  role: ColumnRole;
  types: ColumnType[];
  /** Names that suggest the role, best first. */
  names: RegExp[];
}

/** A name that has one of these words: "count" is none of "discount" or "account". */
const has = (words: string): RegExp => new RegExp(`(^|_)(${words})s?(_|$)`);

/** Each role goes to one column: the first that matches the best name. */
const RULES: Rule[] = [
  {
    role: 'time',
    types: TIMES,
    names: [has('ordered|order|created|purchased|purchase|transaction|sold'), has('date|time|day|month|at'), /./],
  },
  {
    role: 'order',
    types: KEYS,
    names: [has('order_?(id|no|number|key)'), has('(invoice|transaction|receipt)(_?(id|no|number))?')],
  },
  {
    role: 'customer',
    types: KEYS,
    names: [has('(customer|client|user|buyer|account|member)_?id'), has('customer|client|buyer|e_?mail')],
  },
  { role: 'product', types: KEYS, names: [has('product_?(id|name)|sku'), has('product|item|article')] },
  { role: 'quantity', types: NUMBERS, names: [has('quantity|qty'), has('units|pieces|count')] },
  {
    role: 'amount',
    types: NUMBERS,
    names: [has('revenue|sale|turnover'), has('amount|total'), has('price|value|gross|net|cost|profit')],
  },
  { role: 'status', types: ['string'], names: [has('status'), has('stage|outcome')] },
];

/** Finds out by names and types what columns mean. People can correct it. */
export function inferRoles(columns: Omit<ColumnProfile, 'role'>[]): ColumnProfile[] {
  const roles = new Map<string, ColumnRole>();
  for (const { role, types, names } of RULES) {
    const free = columns.filter(({ name, type }) => types.includes(type) && !roles.has(name));
    const best = names.map((pattern) => free.find(({ name }) => pattern.test(inWords(name)))).find(Boolean);
    if (best) roles.set(best.name, role);
  }
  return columns.map((column) => ({
    ...column,
    role: roles.get(column.name) ?? (isCategory(column) ? 'category' : 'none'),
  }));
}

/** "orderDate" and "Order Date" as "order_date". */
const inWords = (name: string): string =>
  name
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1_$2')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_');

const isCategory = ({ type, distinct }: Omit<ColumnProfile, 'role'>): boolean =>
  type === 'boolean' || (type === 'string' && distinct > 1 && distinct <= MAX_CATEGORIES);
