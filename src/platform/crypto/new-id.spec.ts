import { expect, test } from 'vitest';
import { validate, version } from 'uuid';
import { newId } from './new-id.js';

test('ids are UUIDs of version 7, never the same, and do not go back in time', () => {
  const ids = Array.from({ length: 2_000 }, newId);
  expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
  const times = ids.map((id) => id.slice(0, 13));
  expect(times).toEqual(times.toSorted());
});
