import { beforeEach, expect, it } from 'vitest';
import { ValidatedQueries } from './validated-queries.js';

class ListQuery {
  limit = 20;
}
class OtherQuery extends ListQuery {}

let queries: ValidatedQueries;
beforeEach(() => {
  queries = new ValidatedQueries();
});

it('returns copies, and only to the class that validated them', () => {
  const valid = Object.assign(new ListQuery(), { limit: 5 });
  queries.remember(ListQuery, 'a', valid);
  valid.limit = 6;
  const [first, second] = [queries.find(ListQuery, 'a'), queries.find(ListQuery, 'a')] as [ListQuery, ListQuery];
  expect(first).toBeInstanceOf(ListQuery);
  first.limit = 7;
  expect(second).toEqual({ limit: 5 });
  expect(queries.find(ListQuery, 'a')).toEqual({ limit: 5 });
  expect(queries.find(OtherQuery, 'a')).toBeUndefined();
});

it('remembers the 200 most recently used', () => {
  for (let n = 0; n < 200; n++) queries.remember(ListQuery, String(n), new ListQuery());
  queries.find(ListQuery, '0');
  queries.remember(ListQuery, '200', new ListQuery());
  expect(['0', '1', '2', '200'].map((key) => queries.find(ListQuery, key) !== undefined)).toEqual([
    true,
    false,
    true,
    true,
  ]);
});

it('remembers neither nested nor long queries', () => {
  queries.remember(ListQuery, 'a', Object.assign(new ListQuery(), { tags: ['x'] }));
  expect(queries.find(ListQuery, 'a')).toBeUndefined();
  expect(
    [{ q: 'x'.repeat(190) }, { q: 'x'.repeat(200) }].map((query) => ValidatedQueries.keyOf(query)?.length),
  ).toEqual([198, undefined]);
});
