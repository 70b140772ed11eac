import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from './circuit-breaker.js';
import { RetryBudget } from './retry-budget.js';

const failing = (times: number, at: number): CircuitBreaker => {
  const breaker = new CircuitBreaker();
  for (let n = 0; n < times; n++) breaker.failed(at);
  return breaker;
};

describe('CircuitBreaker', () => {
  it('opens after eight failures in a row, for ten seconds', () => {
    expect(failing(7, 0).enter(0)).toBe(0);
    expect(failing(8, 0).enter(4_000)).toBe(6_000);
  });

  it('restarts the count after a success', () => {
    const breaker = failing(7, 0);
    breaker.succeeded();
    breaker.failed(0);
    expect(breaker.enter(0)).toBe(0);
  });

  it('allows a single trial call, and closes if it succeeds', () => {
    const breaker = failing(8, 0);
    expect([breaker.enter(10_000), breaker.enter(10_000)]).toEqual([0, 10_000]);
    breaker.succeeded();
    expect(breaker.enter(10_000)).toBe(0);
  });

  it('stays open if the trial fails', () => {
    const breaker = failing(8, 0);
    breaker.enter(10_000);
    breaker.failed(11_000);
    expect(breaker.enter(12_000)).toBe(9_000);
  });
});

describe('RetryBudget', () => {
  it('allows ten retries, then one for every ten calls', () => {
    const budget = new RetryBudget();
    expect(Array.from({ length: 11 }, () => budget.spend()).filter(Boolean)).toHaveLength(10);
    for (let n = 0; n < 11; n++) budget.earn();
    expect([budget.spend(), budget.spend()]).toEqual([true, false]);
  });
});
