import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { ApiError } from '../../platform/errors/index.js';
import { allScopes } from '../permissions/index.js';
import { isWider, requireWithin, type Grant } from './grant-policy.js';

const UNBOUNDED: Grant = { scopes: allScopes, expiresAt: null, allowedIps: null, rateLimit: null };
const BOUNDED: Grant = {
  scopes: ['knowledge:read', 'tasks:read'],
  expiresAt: new Date('2050-01-01T00:00:00Z'),
  allowedIps: ['10.0.0.0/8', '2001:db8::/32'],
  rateLimit: 30,
};

function refusalOf(bounds: Grant, grant: Grant): ApiError | undefined {
  try {
    requireWithin(bounds, grant);
  } catch (error) {
    return error as ApiError;
  }
  return undefined;
}
const isWithin = (bounds: Grant, grant: Grant): boolean => refusalOf(bounds, grant) === undefined;

const grant: fc.Arbitrary<Grant> = fc.record({
  scopes: fc.subarray(BOUNDED.scopes),
  expiresAt: fc.option(fc.integer({ min: 1, max: 4 }).map((day) => new Date(day * 86_400_000))),
  allowedIps: fc.option(
    fc.subarray(['10.0.0.0/8', '10.1.0.0/16', '10.1.1.1', '192.0.2.1', '2001:db8::/32', '2001:db8::1', '::/0'], {
      minLength: 1,
    }),
  ),
  rateLimit: fc.option(fc.integer({ min: 1, max: 4 })),
});

const bound = fc.constantFrom<keyof Grant>('expiresAt', 'allowedIps', 'rateLimit');
const only = (given: Grant, field: keyof Grant): Grant => ({ ...UNBOUNDED, [field]: given[field] });

describe('requireWithin', () => {
  it.each<[string, Partial<Grant>]>([
    ['the same', {}],
    ['fewer scopes', { scopes: ['tasks:read'] }],
    ['an earlier end', { expiresAt: new Date('2049-12-31T23:59:59.999Z') }],
    [
      'addresses and blocks within its own',
      { allowedIps: ['10.2.0.0/16', '10.0.0.1', '2001:db8::/33', '2001:db8::1'] },
    ],
    ['only some of its own blocks', { allowedIps: ['2001:db8::/32'] }],
    ['a lower limit', { rateLimit: 1 }],
  ])('lets a bounded key grant %s', (_what, change) => {
    expect(refusalOf(BOUNDED, { ...BOUNDED, ...change })).toBeUndefined();
  });

  it.each<[string, string, Partial<Grant>, string]>([
    ['a scope', 'INSUFFICIENT_SCOPE', { scopes: ['tasks:read', 'tasks:write'] }, 'tasks:write'],
    ['a later end', 'FORBIDDEN', { expiresAt: new Date('2050-01-01T00:00:00.001Z') }, '2050-01-01T00:00:00.000Z'],
    ['no end', 'FORBIDDEN', { expiresAt: null }, 'expires_at'],
    ['an address outside its own', 'FORBIDDEN', { allowedIps: ['10.0.0.1', '11.0.0.0'] }, '11.0.0.0'],
    ['a block around its own', 'FORBIDDEN', { allowedIps: ['10.0.0.0/7'] }, '10.0.0.0/7'],
    ['a block of IPv6 around its own', 'FORBIDDEN', { allowedIps: ['2001:db8::/31'] }, '2001:db8::/31'],
    ['all of IPv6 and IPv4', 'FORBIDDEN', { allowedIps: ['::/0', '0.0.0.0/0'] }, '::/0'],
    ['every address', 'FORBIDDEN', { allowedIps: null }, 'allowed_ips'],
    ['a higher limit', 'FORBIDDEN', { rateLimit: 31 }, '30'],
    ['no limit', 'FORBIDDEN', { rateLimit: null }, 'rate_limit'],
  ])('does not let a bounded key grant %s, and names the bound', (_what, code, change, named) => {
    const refusal = refusalOf(BOUNDED, { ...BOUNDED, ...change });
    expect(refusal).toBeInstanceOf(ApiError);
    expect(refusal).toMatchObject({ code, message: expect.stringContaining(named) });
  });

  it('lets an unbounded caller grant anything', () => {
    fc.assert(fc.property(grant, (any) => isWithin(UNBOUNDED, any)));
  });

  it('never lets a grant widen along a chain of keys', () => {
    fc.assert(
      fc.property(grant, grant, grant, bound, (first, second, third, field) => {
        const [maker, made, last] = [only(first, field), only(second, field), only(third, field)];
        fc.pre(isWithin(maker, made) && isWithin(made, last));
        return isWithin(maker, last);
      }),
    );
  });
});

describe('isWider', () => {
  it('is true exactly when the grant exceeds the present one in some respect', () => {
    fc.assert(fc.property(grant, grant, (before, after) => isWider(after, before) === !isWithin(before, after)));
    for (const field of ['scopes', 'expiresAt', 'allowedIps', 'rateLimit'] as const) {
      expect([field, isWider({ ...BOUNDED, [field]: UNBOUNDED[field] }, BOUNDED)]).toEqual([field, true]);
      expect([field, isWider(BOUNDED, { ...BOUNDED, [field]: UNBOUNDED[field] })]).toEqual([field, false]);
    }
  });
});
