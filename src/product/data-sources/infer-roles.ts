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

/** Each role goes to one column: the first that matches the best name. */
const RULES: Rule[] = [
  { role: 'time', types: TIMES, names: [/order|created|purchase|transaction|sold/, /date|time|day|month|_at$/, /./] },
  {
    role: 'order',
    types: KEYS,
    names: [/order.?(id|no|number|key)/, /(invoice|transaction|receipt).?(id|no|number)?$/],
  },
  {
    role: 'customer',
    types: KEYS,
    names: [/(customer|client|user|buyer|account|member).?id/, /customer|client|buyer|e.?mail/],
  },
  { role: 'product', types: KEYS, names: [/product.?(id|name)|sku/, /product|item|article/] },
  { role: 'quantity', types: NUMBERS, names: [/quantity|qty/, /units|pieces|count/] },
  {
    role: 'amount',
    types: NUMBERS,
    names: [/revenue|sales|turnover/, /amount|total/, /price|value|gross|net|cost|profit/],
  },
  { role: 'status', types: ['string'], names: [/status/, /stage|outcome/] },
];

/** Finds out by names and types what columns mean. People can correct it. */
export function inferRoles(columns: Omit<ColumnProfile, 'role'>[]): ColumnProfile[] {
  const roles = new Map<string, ColumnRole>();
  for (const { role, types, names } of RULES) {
    const free = columns.filter(({ name, type }) => types.includes(type) && !roles.has(name));
    const best = names
      .map((pattern) => free.find(({ name }) => pattern.test(name.toLowerCase().replace(/[\s-]+/g, '_'))))
      .find(Boolean);
    if (best) roles.set(best.name, role);
  }
  return columns.map((column) => ({
    ...column,
    role: roles.get(column.name) ?? (isCategory(column) ? 'category' : 'none'),
  }));
}

const isCategory = ({ type, distinct }: Omit<ColumnProfile, 'role'>): boolean =>
  type === 'boolean' || (type === 'string' && distinct > 1 && distinct <= MAX_CATEGORIES);
