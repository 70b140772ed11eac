import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { addressMatcher, canonicalBlock, isWithinBlock } from './ip-blocks.js';

const BITS = { 4: 32n, 6: 128n } as const;
type Family = keyof typeof BITS;

/** The plain model: addresses are numbers, and a block contains the addresses that share its first bits. */
interface Numbered {
  family: Family;
  value: bigint;
}
const isIn = (address: Numbered, block: Numbered, length: number): boolean => {
  const hostBits = BITS[block.family] - BigInt(length);
  return address.family === block.family && address.value >> hostBits === block.value >> hostBits;
};

const write = ({ family, value }: Numbered): string => {
  const [count, bits] = family === 4 ? [4, 8n] : [8, 16n];
  const digits = Array.from(
    { length: count },
    (_, i) => (value >> (BigInt(count - 1 - i) * bits)) & ((1n << bits) - 1n),
  );
  return family === 4 ? digits.join('.') : digits.map((digit) => digit.toString(16)).join(':');
};

// Mapped addresses are IPv4, which has its own tests.
const MAPPED = 0xffffn;
const address: fc.Arbitrary<Numbered> = fc.oneof(
  fc.bigInt(0n, 2n ** 32n - 1n).map((value) => ({ family: 4 as const, value })),
  fc
    .bigInt(0n, 2n ** 128n - 1n)
    .filter((value) => value >> 32n !== MAPPED)
    .map((value) => ({ family: 6 as const, value })),
);
/** A block and a caller: often the same address, or one that differs in a single bit. */
const pair = address.chain((block) => {
  const bits = Number(BITS[block.family]);
  const near = fc
    .integer({ min: 0, max: bits - 1 })
    .map((bit) => ({ ...block, value: block.value ^ (1n << BigInt(bit)) }));
  return fc.record({
    block: fc.constant(block),
    length: fc.integer({ min: 0, max: bits }),
    caller: fc.oneof(near, fc.constant(block), address),
  });
});

describe('addressMatcher', () => {
  it('agrees with the plain model', () => {
    fc.assert(
      fc.property(pair, ({ block, length, caller }) => {
        fc.pre(caller.family === 4 || caller.value >> 32n !== MAPPED);
        const matches = addressMatcher([`${write(block)}/${length}`]);
        expect(matches(write(caller))).toBe(isIn(caller, block, length));
      }),
      { numRuns: 2_000 },
    );
  });

  it('treats an IPv4 address mapped into IPv6 as IPv4, however it is written', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 32n - 1n), fc.integer({ min: 0, max: 32 }), (value, length) => {
        const plain = write({ family: 4, value });
        const mapped = write({ family: 6, value: (MAPPED << 32n) | value });
        for (const entry of [`${plain}/${length}`, `${mapped}/${length + 96}`, `::ffff:${plain}/${length + 96}`]) {
          const matches = addressMatcher([entry]);
          for (const ip of [plain, mapped, `::FFFF:${plain}`])
            expect({ entry, ip, in: matches(ip) }).toEqual({ entry, ip, in: true });
        }
      }),
    );
  });

  it('never matches an IPv4 address with an IPv6 block, or the reverse', () => {
    const [everyV6, everyV4] = [addressMatcher(['::/0']), addressMatcher(['0.0.0.0/0'])];
    expect(['1.2.3.4', '::ffff:1.2.3.4', '2001:db8::1'].map(everyV6)).toEqual([false, false, true]);
    expect(['1.2.3.4', '::ffff:1.2.3.4', '2001:db8::1'].map(everyV4)).toEqual([true, true, false]);
  });

  it('checks all entries', () => {
    const matches = addressMatcher(['192.0.2.1', '10.0.0.0/8', '2001:db8::/32']);
    const callers = ['192.0.2.1', '192.0.2.2', '10.255.255.255', '11.0.0.0', '2001:db8:ffff::', '2001:db9::'];
    expect(callers.map(matches)).toEqual([true, false, true, false, true, false]);
  });

  it('ignores the zone of a link-local address', () => {
    expect(addressMatcher(['fe80::/10'])('fe80::1%eth0')).toBe(true);
  });

  it.each(['', 'unknown', 'localhost', '10.0.0', '10.0.0.0/8', '010.0.0.1', '10.0.0.1, 10.0.0.2', '::ffff:10.0.0.256'])(
    'never matches %j, which is not an address',
    (ip) => {
      expect(addressMatcher(['0.0.0.0/0', '::/0'])(ip)).toBe(false);
    },
  );
});

describe('isWithinBlock', () => {
  it('agrees with the plain model', () => {
    fc.assert(
      fc.property(pair, fc.integer({ min: -2, max: 2 }), ({ block, length, caller }, more) => {
        const asked = Math.max(0, Math.min(Number(BITS[caller.family]), length + more));
        const expected = asked >= length && isIn(caller, block, length);
        expect(isWithinBlock(`${write(caller)}/${asked}`, `${write(block)}/${length}`)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['10.0.0.1', '10.0.0.0/8', true],
    ['10.0.0.0/8', '10.0.0.0/8', true],
    ['10.0.0.0/7', '10.0.0.0/8', false],
    ['::ffff:10.0.0.1', '10.0.0.0/8', true],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8', true],
    ['::ffff:10.0.0.0/103', '10.0.0.0/8', false],
    ['2001:db8::/33', '2001:db8::/32', true],
    ['2001:db8::/31', '2001:db8::/32', false],
    ['10.0.0.1', '::/0', false],
    ['::/0', '0.0.0.0/0', false],
    ['::ffff:0:0/95', '::/0', true],
  ])('%s in %s: %s', (entry, block, expected) => {
    expect(isWithinBlock(entry, block)).toBe(expected);
  });
});

describe('canonicalBlock', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1/32', '192.0.2.1'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['255.255.255.255/31', '255.255.255.254/31'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8::1/128', '2001:db8::1'],
    ['2001:db8:1:2:3:4:5:6/33', '2001:db8::/33'],
    ['::/0', '::/0'],
    ['::1', '::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::192.0.2.1', '::c000:201'],
    ['::ffff:c000:201/120', '192.0.2.0/24'],
    ['::ffff:192.0.2.1/96', '0.0.0.0/0'],
    ['::ffff:192.0.2.1/95', '::fffe:0:0/95'],
    ['::ffff:192.0.2.1/0', '::/0'],
  ])('writes %j as %j', (entry, canonical) => {
    expect(canonicalBlock(entry)).toBe(canonical);
  });

  it('keeps a canonical block unchanged, and keeps the addresses it contains', () => {
    fc.assert(
      fc.property(pair, ({ block, length, caller }) => {
        const entry = `${write(block)}/${length}`;
        const canonical = canonicalBlock(entry) as string;
        expect(canonicalBlock(canonical)).toBe(canonical);
        expect(addressMatcher([canonical])(write(caller))).toBe(addressMatcher([entry])(write(caller)));
      }),
    );
  });

  it.each([
    '',
    'localhost',
    '10.0.0.256',
    '10.0.0',
    '010.0.0.1',
    '10.0.0.1/33',
    '10.0.0.1/-1',
    '10.0.0.1/08',
    '10.0.0.1/8/8',
    '10.0.0.1/',
    '10.0.0.1/8 ',
    ' 10.0.0.1',
    '10.0.0.1/1e1',
    '10.0.0.1/255.0.0.0',
    '2001:db8::/129',
    '2001:db8:::1',
    'fe80::1%eth0',
    '[::1]',
    '::ffff:10.0.0.1/129',
    '10.0.0.1-10.0.0.9',
    '*',
  ])('rejects %j, which is neither an address nor a block', (entry) => {
    expect(canonicalBlock(entry)).toBeUndefined();
  });
});
