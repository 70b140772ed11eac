import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { ApiError } from '../errors/index.js';
import { Translation } from './translation.js';
import { renameFields, type Json, type VersionChange } from './version-table.js';
import { Versions } from './versions.js';
import { VersionListDto } from './versions.dto.js';

const change = (operation: string, more: Partial<VersionChange> = {}): VersionChange => ({
  title: 'A change',
  description: 'What it changes.',
  operations: [operation],
  ...more,
});

/** A change that renames fields in requests and responses. */
const renaming = (renamed: Record<string, string>): VersionChange =>
  change('things.make', {
    request: { renamed },
    answer: renameFields(Object.fromEntries(Object.entries(renamed).map(([before, now]) => [now, before]))),
  });

const NAMES = ['a', 'b', 'c', 'd', '__proto__', 'constructor'];

describe('a chain of changes', () => {
  /** Each step renames an existing field to an unused name. */
  const chains = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 6 }).map((steps) => {
    let fields = NAMES.slice(0, 3);
    return steps.map(([one, another]) => {
      const free = NAMES.filter((name) => !fields.includes(name));
      const before = fields[one % fields.length] as string;
      const now = free[another % free.length] as string;
      fields = fields.map((name) => (name === before ? now : name));
      return renaming(Object.fromEntries([[before, now]]));
    });
  });
  const bodies = fc.dictionary(fc.constantFrom(...NAMES), fc.jsonValue());

  it('reverts its changes in the response, or refuses the request', () => {
    let refused = 0;
    fc.assert(
      fc.property(chains, bodies, (changes, body) => {
        const before = structuredClone(body);
        const translation = new Translation(changes);
        try {
          const back = translation.body(translation.upgrade(body)) as Json;
          expect(back).toEqual(before);
          expect(Object.keys(back)).toEqual(Object.keys(before));
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          expect(error.code).toBe('VALIDATION_ERROR');
          expect(Object.keys(before)).toContain(error.fields?.[0]?.field);
          refused += 1;
        }
        expect(body).toEqual(before);
      }),
      { numRuns: 1000 },
    );
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(1000);
  });

  it('reports invalid fields by the names that the caller used', () => {
    const translation = new Translation([renaming({ a: 'b' }), renaming({ b: 'c' })]);
    expect(translation.upgrade({ a: 1 })).toEqual({ c: 1 });
    expect(
      translation.fields([
        { field: 'c', message: 'must be a text', location: 'body' },
        { field: 'c.name', message: 'must be short', location: 'body' },
        { field: 'd', message: 'must be a text', location: 'body' },
        { field: 'c', message: 'must be a number', location: 'query' },
      ]),
    ).toEqual([
      { field: 'a', message: 'must be a text', location: 'body' },
      { field: 'a.name', message: 'must be short', location: 'body' },
      { field: 'd', message: 'must be a text', location: 'body' },
      { field: 'c', message: 'must be a number', location: 'query' },
    ]);
  });

  it.each(['b', 'c'])('refuses the later name %s', (name) => {
    const translation = new Translation([renaming({ a: 'b' }), renaming({ b: 'c' })]);
    expect(() => translation.upgrade({ [name]: 1 })).toThrow(ApiError);
  });

  it('refuses a later query parameter', () => {
    const translation = new Translation([change('things.list', { request: { newInQuery: ['cursor'] } })]);
    expect(() => translation.checkQuery({ cursor: 'x' })).toThrow(ApiError);
    expect(translation.checkQuery({ limit: '1' })).toBeUndefined();
  });

  it.each([undefined, null, 'text', 1, true, [[{ a: 1 }]]])('leaves %j unchanged', (value) => {
    const translation = new Translation([renaming({ a: 'b' })]);
    expect([translation.upgrade(value), translation.body(value), translation.event('done', value)]).toEqual([
      value,
      value,
      value,
    ]);
  });

  it('changes only the events that it concerns', () => {
    const event = (data: Json, name: string): Json => (name === 'done' ? renameFields({ b: 'a' })(data) : data);
    const translation = new Translation([change('things.watch', { event })]);
    expect(translation.event('done', { b: 1 })).toEqual({ a: 1 });
    expect(translation.event('message', { b: 1 })).toEqual({ b: 1 });
  });
});

describe('the table', () => {
  const first = change('things.make', { answer: renameFields({ b: 'a' }) });
  const second = change('things.make', { answer: renameFields({ c: 'b' }) });
  const versions = new Versions([
    { version: '2024-01-01', changes: [] },
    { version: '2024-02-01', changes: [first, change('things.list')] },
    { version: '2024-03-01', changes: [second] },
  ]);

  it('translates from each version to the latest by the changes in between', () => {
    const answers = versions.names.map(
      (name) => versions.translation(name, 'things.make')?.body({ c: 1 }) ?? 'as it is',
    );
    expect(answers).toEqual([{ a: 1 }, { b: 1 }, 'as it is']);
  });

  it('does not affect operations that no change names', () => {
    expect(versions.translation('2024-01-01', 'things.read')).toBeUndefined();
    expect(versions.translation('2024-02-01', 'things.list')).toBeUndefined();
    expect(versions.translation('2024-01-01', 'things.list')).toBeDefined();
  });

  it('ends with the latest', () => {
    expect(versions.latest).toBe('2024-03-01');
  });

  it.each([
    ['/changelog#2024-03-01', 'https://example.com/parlance/changelog#2024-03-01'],
    ['https://docs.example.com/guide', 'https://docs.example.com/guide'],
  ])('links to %s from a server with a path in its URL', (guide, address) => {
    const old = { version: '2024-01-01', changes: [], deprecatedAt: '2024-02-01T00:00:00Z', guide };
    const { data } = VersionListDto.from(
      new Versions([old, { version: '2024-03-01', changes: [] }]),
      'https://example.com/parlance',
    );
    expect(data[1]?.guide).toBe(address);
  });

  it.each([
    ['out of order', '2024-02-01', '2024-01-01'],
    ['twice the same', '2024-02-01', '2024-02-01'],
    ['not dates', 'v1', 'v2'],
  ])('is refused: %s', (_why, ...names) => {
    const [one, two] = names.map((version) => ({ version, changes: [] }));
    expect(() => new Versions([one as never, two as never])).toThrow(/dates, oldest first/);
  });
});
