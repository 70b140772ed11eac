import { expect, it } from 'vitest';
import { inferRoles } from './infer-roles.js';
import type { ColumnType } from './profile.js';

const column = (name: string, type: ColumnType) => ({
  name,
  type,
  nulls: 0,
  distinct: 1_000,
  min: null,
  max: null,
  samples: [],
});
const roleOf = (name: string, type: ColumnType) => inferRoles([column(name, type)])[0]?.role;

it.each<[string, ColumnType, string]>([
  ['Order Date', 'date', 'time'],
  ['createdAt', 'timestamp', 'time'],
  ['Order ID', 'string', 'order'],
  ['orderNumber', 'integer', 'order'],
  ['invoice_no', 'integer', 'order'],
  ['customer_id', 'integer', 'customer'],
  ['E-Mail', 'string', 'customer'],
  ['Product Name', 'string', 'product'],
  ['Quantity', 'integer', 'quantity'],
  ['units', 'integer', 'quantity'],
  ['Sales', 'number', 'amount'],
  ['total_amount', 'number', 'amount'],
  ['Unit-Price', 'number', 'amount'],
  ['order_status', 'string', 'status'],
])('sees what %s of type %s means: %s', (name, type, role) => {
  expect(roleOf(name, type)).toBe(role);
});

it.each<[string, ColumnType]>([
  ['Discount', 'number'],
  ['account', 'integer'],
  ['internet', 'number'],
  ['evaluation', 'number'],
  ['Latitude', 'number'],
])('sees no meaning in a part of a word: %s', (name, type) => {
  expect(roleOf(name, type)).toBe('none');
});

it('prefers the better of two names', () => {
  const roles = inferRoles([
    column('Ship Date', 'date'),
    column('Order Date', 'date'),
    column('net', 'number'),
    column('Sales', 'number'),
  ]);
  expect(roles.map(({ role }) => role)).toEqual(['none', 'time', 'none', 'amount']);
});
