import { describe, expect, it } from 'vitest';
import { storableBigint, storableInteger, storableText } from './storable.js';
import { writeRows } from './write-rows.js';

const failing = (code: string): Error => Object.assign(new Error(`failed with ${code}`), { code });

/** Writes all numbers of a call or none. Numbers in `bad` make it fail. */
class Writer {
  readonly written: number[] = [];
  readonly leftOut: number[] = [];
  calls = 0;

  constructor(
    private readonly bad: number[],
    private readonly error: unknown = failing('22003'),
  ) {}

  run(rows: number[]) {
    return writeRows(
      rows,
      async (some) => {
        this.calls += 1;
        if (some.some((row) => this.bad.includes(row))) throw this.error;
        this.written.push(...some);
      },
      (row) => this.leftOut.push(row),
    );
  }
}

const ROWS = Array.from({ length: 500 }, (_, n) => n);

describe('writeRows', () => {
  it('writes all rows in one call if none is bad', async () => {
    const writer = new Writer([]);
    expect(await writer.run(ROWS)).toBeUndefined();
    expect(writer).toMatchObject({ written: ROWS, leftOut: [], calls: 1 });
  });

  it.each([[[0]], [[499]], [[7, 8, 250]], [ROWS]])('omits only %j', async (bad) => {
    const writer = new Writer(bad);
    expect(await writer.run(ROWS)).toBeUndefined();
    expect(writer.leftOut).toEqual(bad);
    expect(writer.written).toEqual(ROWS.filter((row) => !bad.includes(row)));
    expect(writer.calls).toBeLessThanOrEqual(1 + 2 * bad.length * 9);
  });

  it.each([
    failing('22003'),
    failing('22P05'),
    failing('23505'),
    failing('23514'),
    failing('54000'),
    failing('P0001'),
    new TypeError('not to be written'),
  ])('attributes %s to a row', async (error) => {
    const writer = new Writer([3], error);
    expect(await writer.run(ROWS)).toBeUndefined();
    expect(writer.leftOut).toEqual([3]);
  });

  it.each([
    failing('ECONNREFUSED'),
    failing('08006'),
    failing('57P01'),
    failing('57014'),
    failing('40P01'),
    failing('53100'),
    failing('55P03'),
    failing('42P01'),
    new Error('Connection terminated unexpectedly'),
  ])('attributes %s to no row and returns all rows', async (error) => {
    const writer = new Writer([3], error);
    expect(await writer.run(ROWS)).toEqual({ rows: ROWS, error });
    expect(writer).toMatchObject({ written: [], leftOut: [], calls: 1 });
  });

  it('returns only the rows that were not settled before PostgreSQL became unavailable', async () => {
    const [written, leftOut]: number[][] = [[], []];
    const rest = await writeRows(
      [0, 1, 2, 3],
      async (some) => {
        if (some.includes(2) && some.length < 4) throw failing('57P01');
        if (some.includes(1)) throw failing('22003');
        written?.push(...some);
      },
      (row) => leftOut?.push(row),
    );
    expect({ written, leftOut, rest: rest?.rows }).toEqual({ written: [0], leftOut: [1], rest: [2, 3] });
  });
});

describe('a storable value', () => {
  it.each([
    [3_000_000_000, 2_147_483_647],
    [Infinity, 2_147_483_647],
    [-1, 0],
    [NaN, 0],
    [1.9, 1],
  ])('of %p is the integer %p', (value, expected) => {
    expect(storableInteger(value)).toBe(expected);
  });

  it('of a large number is the largest exact one', () => {
    expect([storableBigint(3_000_000_000), storableBigint(1e300)]).toEqual([3_000_000_000, Number.MAX_SAFE_INTEGER]);
  });

  it('of a text is well-formed, without NUL and truncated', () => {
    expect(storableText('a\0b\ud800c😀', 100)).toBe('ab\ufffdc😀');
    expect(storableText('12😀', 3)).toBe('12\ufffd');
  });
});
