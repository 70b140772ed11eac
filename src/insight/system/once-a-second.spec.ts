import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { onceASecond } from './once-a-second.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('onceASecond', () => {
  it('computes once for all calls within a second, and then again', async () => {
    let computed = 0;
    const ask = onceASecond(() => Promise.resolve((computed += 1)));
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
    vi.advanceTimersByTime(999);
    expect(await ask()).toBe(1);
    vi.advanceTimersByTime(1);
    expect(await Promise.all([ask(), ask()])).toEqual([2, 2]);
  });

  it('computes one at a time, however long it takes', async () => {
    const pending: ((value: string) => void)[] = [];
    const ask = onceASecond(() => new Promise<string>((resolve) => pending.push(resolve)));
    const early = ask();
    vi.advanceTimersByTime(60_000);
    const late = ask();
    expect(pending).toHaveLength(1);
    pending[0]?.('there');
    expect(await Promise.all([early, late])).toEqual(['there', 'there']);
    void ask();
    expect(pending).toHaveLength(2);
  });

  it('shares a failure no longer than a result', async () => {
    let computed = 0;
    const ask = onceASecond(() =>
      (computed += 1) === 1 ? Promise.reject(new Error('gone')) : Promise.resolve(computed),
    );
    expect(await Promise.allSettled([ask(), ask()])).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    expect(computed).toBe(1);
    vi.advanceTimersByTime(1_000);
    expect(await ask()).toBe(2);
  });
});
