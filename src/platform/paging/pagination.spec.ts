import { describe, expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { ApiError } from '../errors/index.js';
import { cursorId, madeAt, smallestIdAt, toPage } from './pagination.js';

const rows = (count: number): { id: string }[] => Array.from({ length: count }, () => ({ id: uuidv7() })).reverse();
const cursorOf = (cursor: string): string => cursorId({ limit: 20, cursor });

describe('toPage', () => {
  it('ends the list when no row follows', () => {
    for (const count of [0, 1, 3]) {
      const page = toPage({ rows: rows(count), hasMore: false }, ({ id }) => id);
      expect(page).toEqual({ data: expect.any(Array), next_cursor: null, has_more: false });
      expect(page.data).toHaveLength(count);
    }
  });

  it('continues after the last row returned', () => {
    const all = rows(3);
    const page = toPage({ rows: all, hasMore: true }, ({ id }) => id);
    expect(page.data).toEqual(all.map(({ id }) => id));
    expect(page.has_more).toBe(true);
    expect(cursorOf(page.next_cursor as string)).toBe(all[2]?.id);
  });
});

describe('cursorId', () => {
  it('starts above every id without a cursor', () => {
    expect(cursorId({ limit: 20 }) >= uuidv7()).toBe(true);
  });

  it.each(['', 'x', 'AAAA', '!'.repeat(22), 'A'.repeat(21), 'A'.repeat(23), `${'A'.repeat(21)}B`, 'é', '\0', ' '])(
    'refuses %j',
    (cursor) => {
      expect(() => cursorOf(cursor)).toThrow(ApiError);
    },
  );

  it('refuses another spelling of a cursor', () => {
    const { next_cursor: cursor } = toPage({ rows: rows(1), hasMore: true }, ({ id }) => id);
    expect(() => cursorOf(`${cursor}==`)).toThrow(ApiError);
    expect(() => cursorOf(` ${cursor}`)).toThrow(ApiError);
  });
});

describe('smallestIdAt', () => {
  it('is at or below every id of that moment and above earlier ones', () => {
    const moment = new Date('2026-03-04T05:06:07.890Z');
    const bound = smallestIdAt(moment);
    expect(bound <= uuidv7({ msecs: moment.getTime() })).toBe(true);
    expect(bound > uuidv7({ msecs: moment.getTime() - 1 })).toBe(true);
  });

  it('treats a moment before the epoch as the epoch', () => {
    expect(smallestIdAt(new Date(-1))).toBe(smallestIdAt(new Date(0)));
  });
});

describe('madeAt', () => {
  it('is the moment of an id, and its bound includes the id', () => {
    const moment = new Date('2026-03-04T05:06:07.890Z');
    const id = uuidv7({ msecs: moment.getTime() });
    expect(madeAt(id)).toEqual(moment);
    expect(smallestIdAt(madeAt(id)) <= id).toBe(true);
  });
});
