import { expect, it } from 'vitest';
import { Versions } from '../../src/platform/versions/index.js';
import { versions as table } from '../../src/versions.js';
import { operations } from '../harness/operations.js';

const versions = new Versions(table);
const changes = table.flatMap(({ changes: ofVersion }, at) =>
  ofVersion.flatMap((change) =>
    change.operations.map((operation) => ({ change, operation, before: table[at - 1]?.version as string })),
  ),
);

it.each(changes)('$operation is an operation of openapi.json, and translated for $before', ({ operation, before }) => {
  expect(operations().map(({ id }) => id)).toContain(operation);
  expect(versions.translation(before, operation)).toBeDefined();
});

it.each(changes)('the change of $operation has a description', ({ change }) => {
  expect(change.title).toMatch(/\S/);
  expect(change.description).toMatch(/\S/);
  expect(change.request ?? change.answer ?? change.event).toBeDefined();
});

it('renames nothing to or from a field that does not exist', () => {
  const byId = new Map(operations().map((operation) => [operation.id, operation]));
  for (const { change, operation } of changes) {
    const { body, queryParameters = [] } = byId.get(operation) ?? {};
    const { renamed = {}, newInQuery = [] } = change.request ?? {};
    if (body) expect(Object.keys(body)).toEqual(expect.arrayContaining(Object.values(renamed)));
    if (newInQuery.length > 0) expect(queryParameters).toEqual(expect.arrayContaining([...newInQuery]));
  }
});

it('tells users of a deprecated version where to go, in time', () => {
  for (const { deprecatedAt, sunsetAt, successor } of table) {
    if (sunsetAt) expect(Date.parse(sunsetAt)).toBeGreaterThan(Date.parse(deprecatedAt as string));
    if (successor) expect(versions.names).toContain(successor);
  }
  expect(table.at(-1)?.deprecatedAt).toBeUndefined();
});
