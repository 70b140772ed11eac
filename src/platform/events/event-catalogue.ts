import type { z } from 'zod';

/** One kind of event, as those who receive it have to know it. */
export interface EventDefinition<Schema extends z.ZodObject = z.ZodObject> {
  /** Rises when whoever reads the payload has to change. */
  version: number;
  /** What it tells besides its subject. A strict object: what is not described is not recorded. */
  schema: Schema;
  /** When it is recorded, and what its subject is. */
  description: string;
  example: z.output<Schema>;
}

/** Event type (`noun.verb_past`) -> what it is. */
export type EventCatalogue = Record<string, EventDefinition>;

export type PayloadOf<Catalogue extends EventCatalogue, Type extends keyof Catalogue> = z.output<
  Catalogue[Type]['schema']
>;

/** The events that a module records. */
export const defineEvents = <Schemas extends Record<string, z.ZodObject>>(events: {
  [Type in keyof Schemas]: EventDefinition<Schemas[Type]>;
}): typeof events => events;

/** Some of the events of a catalogue, for whoever reacts to no others. */
export function pickEvents<Catalogue extends EventCatalogue, Type extends keyof Catalogue & string>(
  catalogue: Catalogue,
  ...types: Type[]
): Pick<Catalogue, Type> {
  return Object.fromEntries(types.map((type) => [type, catalogue[type]])) as unknown as Pick<Catalogue, Type>;
}
