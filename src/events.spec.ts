import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventCatalogues } from './events.js';
import { apiKeysEvents } from './identity/api-keys/index.js';
import type { EventDefinition } from './platform/events/event-catalogue.js';
import { EventDefinitions } from './platform/events/event-definitions.js';
import { defineEvents, pickEvents, Subscribes, type EventOf, type Events } from './platform/events/index.js';

const definitions = eventCatalogues.flatMap((catalogue) => Object.entries<EventDefinition>(catalogue));

const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
  .map((path) => ({ folder: dirname(path), path, text: readFileSync(join(import.meta.dirname, path), 'utf8') }));
const catalogueFiles = sources.filter(({ path }) => path.endsWith('.events.ts'));

describe('each event', () => {
  it.each(definitions)('%s is named noun.verb_past, described, and has a valid example', (type, definition) => {
    expect(type).toMatch(/^[a-z]+(_[a-z]+)*\.([a-z]+_)*([a-z]+ed|left|resent)$/);
    expect(definition.description).toMatch(/^[A-Z0-9`][^]{10,}\.$/);
    expect(definition.version).toBeGreaterThanOrEqual(1);
    expect(definition.schema.parse(definition.example)).toEqual(definition.example);
    expect(() => definition.schema.parse({ ...definition.example, undescribed: true })).toThrow('undescribed');
  });

  it('is recorded by the module that defines it', () => {
    const unused = catalogueFiles.flatMap(({ folder, text }) =>
      [...text.matchAll(/^ {2}('[a-z_]+\.[a-z_]+'): \{/gm)]
        .map(([, type = '']) => type)
        .filter(
          (type) =>
            !sources.some(
              (other) => other.folder === folder && !catalogueFiles.includes(other) && other.text.includes(type),
            ),
        ),
    );
    expect(unused).toEqual([]);
  });
});

describe('each module', () => {
  it('that defines events has them listed', () => {
    expect(catalogueFiles).toHaveLength(eventCatalogues.length);
  });

  it('records events of its own catalogue only', () => {
    const recording = sources.filter(({ text }) => text.includes(': Events<'));
    const foreign = recording.filter(({ folder, text }) => {
      const names = [...text.matchAll(/: Events<typeof (\w+)>/g)].map(([, name]) => name);
      const own = catalogueFiles.find((file) => file.folder === folder);
      return names.length !== 1 || !own?.text.includes(`export const ${names[0]} =`);
    });
    expect(recording.length).toBeGreaterThan(10);
    expect(foreign.map(({ path }) => path)).toEqual([]);
  });
});

describe('the definitions of a process', () => {
  const schema = z.strictObject({ colour: z.string() });
  const paint = defineEvents({
    'wall.painted': { version: 1, schema, description: 'A wall has another colour.', example: { colour: 'red' } },
  });

  it('refuse an unknown event, and an invalid payload', () => {
    const known = new EventDefinitions([paint]);
    known.check('wall.painted', { colour: 'blue' });
    expect(() => known.check('wall.painted', { colour: 7 })).toThrow();
    expect(() => known.check('wall.painted', { colour: 'blue', by: 'Ann' })).toThrow();
    expect(() => known.check('wall.built', {})).toThrow('No module defines the event wall.built');
  });

  it('refuse one name for two events', () => {
    expect(() => new EventDefinitions([paint, paint])).toThrow('Two modules define the event wall.painted');
  });
});

/** Never run: the compiler is the test. */
export function typesAreChecked(events: Events<typeof apiKeysEvents>): void {
  const key = { name: 'k', environment: 'live', hint: 'h' } as const;
  void events.record({ type: 'api_key.created', subject: '', payload: key });
  // @ts-expect-error another module's event
  void events.record({ type: 'member.left', subject: '', payload: key });
  // @ts-expect-error no `changed`
  void events.record({ type: 'api_key.updated', subject: '', payload: key });
  const schema = z.strictObject({ colour: z.string() });
  // @ts-expect-error the example does not match
  defineEvents({ 'wall.painted': { version: 1, schema, description: 'Painted.', example: { colour: 7 } } });
  const heard = pickEvents(apiKeysEvents, 'api_key.created', 'api_key.revoked');
  // @ts-expect-error handles one of the two events only
  @Subscribes({ name: 'deaf', to: heard })
  class Deaf {
    handle(event: EventOf<typeof heard, 'api_key.created'>): Promise<void> {
      return Promise.reject(new Error(event.payload.name));
    }
  }
  void Deaf;
}
