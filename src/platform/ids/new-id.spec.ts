import { afterEach, expect, test, vi } from 'vitest';
import { validate, version } from 'uuid';
import { newId } from './new-id.js';

const timeOf = (id: string): number => Number.parseInt(id.replace('-', '').slice(0, 12), 16);

afterEach(() => {
  vi.useRealTimers();
});

test('ids are UUIDs of version 7, never the same, in the order in which they were made', () => {
  const ids = Array.from({ length: 20_000 }, newId);
  expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(ids.toSorted());
});

test('ids follow a clock that is set back', () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2030, 0, 1) });
  expect(timeOf(newId())).toBe(Date.UTC(2030, 0, 1));
  vi.setSystemTime(Date.UTC(2029, 0, 1));
  expect(timeOf(newId())).toBe(Date.UTC(2029, 0, 1));
});
