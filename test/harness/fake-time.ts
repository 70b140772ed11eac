import type { vi } from 'vitest';

type Fakes = NonNullable<NonNullable<Parameters<typeof vi.useFakeTimers>[0]>['toFake']>;

/** For `toFake`: only intervals that are set from then on, which the test advances. */
export const INTERVALS: Fakes = ['setInterval', 'clearInterval'];

/** For `toFake`: only the clock. */
export const THE_DATE: Fakes = ['Date'];
