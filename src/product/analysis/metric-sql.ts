import { identifier, literal } from '../../platform/duckdb/index.js';
import type { Expression } from './expression.js';

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
  if (node.kind === 'binary')
    return ['+', '-'].includes(node.operator) && isAdditive(node.left) && isAdditive(node.right);
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
