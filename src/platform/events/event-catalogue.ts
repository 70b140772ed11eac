import type { z } from 'zod';

/** One event type, as its receivers know it. */
export interface EventDefinition<Schema extends z.ZodObject = z.ZodObject> {
  /** Increased if a change of the payload forces receivers to change. */
  version: number;
  /** Details besides the subject. A strict object, so that no undocumented field is recorded. */
  schema: Schema;
  /** When the event is recorded, and what its subject is. */
  description: string;
  example: z.output<Schema>;
}

/** Event type (`noun.verb_past`) -> its definition. */
export type EventCatalogue = Record<string, EventDefinition>;

export type PayloadOf<Catalogue extends EventCatalogue, Type extends keyof Catalogue> = z.output<
  Catalogue[Type]['schema']
>;

/** The events that a module records. */
export const defineEvents = <Schemas extends Record<string, z.ZodObject>>(events: {
  [Type in keyof Schemas]: EventDefinition<Schemas[Type]>;
}): typeof events => events;

/** Some of the events of a catalogue, for a subscriber. */
export function pickEvents<Catalogue extends EventCatalogue, Type extends keyof Catalogue & string>(
  catalogue: Catalogue,
  ...types: Type[]
): Pick<Catalogue, Type> {
  return Object.fromEntries(types.map((type) => [type, catalogue[type]])) as unknown as Pick<Catalogue, Type>;
}
