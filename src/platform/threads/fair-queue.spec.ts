import { describe, expect, it } from 'vitest';
import { FairQueue } from './fair-queue.js';

const queue = (total = 100, perOwner = 100): FairQueue<string> => new FairQueue<string>({ total, perOwner });

function rest(of: FairQueue<string>): string[] {
  const items: string[] = [];
  for (let item = of.shift(); item !== undefined; item = of.shift()) items.push(item);
  return items;
}

describe('a fair queue', () => {
  it('lets organizations take turns, each with its oldest item', () => {
    const fair = queue();
    for (const item of ['a1', 'a2', 'a3', 'a4']) fair.push('a', item);
    for (const item of ['b1', 'b2']) fair.push('b', item);
    fair.push('c', 'c1');
    expect(rest(fair)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4']);
  });

  it('gives a newcomer a turn before the second one of whoever has many', () => {
    const fair = queue();
    for (const item of ['a1', 'a2', 'a3']) fair.push('a', item);
    expect(fair.shift()).toBe('a1');
    fair.push('b', 'b1');
    expect([fair.shift(), fair.shift(), fair.shift()]).toEqual(['a2', 'b1', 'a3']);
  });

  it('is limited per organization and in total', () => {
    const fair = queue(3, 2);
    expect(['a1', 'a2', 'a3'].map((item) => fair.push('a', item))).toEqual([true, true, false]);
    expect(['b1', 'b2'].map((item) => fair.push('b', item))).toEqual([true, false]);
    expect(fair.size).toBe(3);
    fair.shift();
    expect(fair.push('b', 'b2')).toBe(true);
  });

  it('forgets what is removed, and only that', () => {
    const fair = queue();
    fair.push('a', 'a1');
    fair.push('b', 'b1');
    fair.remove('a', 'a1');
    fair.remove('b', 'a1');
    expect(fair.size).toBe(1);
    expect(rest(fair)).toEqual(['b1']);
  });
});
