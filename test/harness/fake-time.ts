import type { jest } from '@jest/globals';

type FakeableAPI = NonNullable<
  Parameters<typeof jest.useFakeTimers>[0] extends infer Options
    ? Extract<Options, { doNotFake?: unknown }>['doNotFake']
    : never
>[number];

const ALWAYS_REAL: FakeableAPI[] = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setTimeout',
  'clearTimeout',
];

/** For `doNotFake`: fakes only intervals set from then on, which the test advances. */
export const ALL_BUT_INTERVALS: FakeableAPI[] = [...ALWAYS_REAL, 'Date'];

/** For `doNotFake`: fakes only the clock. */
export const ALL_BUT_THE_DATE: FakeableAPI[] = [...ALWAYS_REAL, 'setInterval', 'clearInterval'];
