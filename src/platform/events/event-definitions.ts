import type { EventCatalogue, EventDefinition } from './event-catalogue.js';

/** The events of all modules of this process. */
export class EventDefinitions {
  private readonly byType = new Map<string, EventDefinition>();

  constructor(catalogues: EventCatalogue[]) {
    for (const [type, definition] of catalogues.flatMap((catalogue) => Object.entries(catalogue))) {
      if (this.byType.has(type)) throw new Error(`Two modules define the event ${type}`);
      this.byType.set(type, definition);
    }
  }

  /** @throws Error if no module defines the type, or if the payload does not match its schema */
  check(type: string, payload: object): void {
    const definition = this.byType.get(type);
    if (!definition) throw new Error(`No module defines the event ${type}`);
    definition.schema.parse(payload);
  }
}
