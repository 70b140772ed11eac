import { z } from 'zod';
import { defineEvents } from '../../platform/events/index.js';

const entry = z.strictObject({ title: z.string(), version: z.int() });
const anEntry = { title: 'Opening hours', version: 1 };

/** The subject of each is the knowledge entry. */
export const knowledgeEvents = defineEvents({
  'knowledge.created': {
    version: 1,
    schema: entry,
    description: 'A knowledge entry was created.',
    example: anEntry,
  },
  'knowledge.updated': {
    version: 1,
    schema: entry,
    description: 'A knowledge entry was changed. `version` is higher than before if searches can see the difference.',
    example: { ...anEntry, version: 2 },
  },
  'knowledge.deleted': {
    version: 1,
    schema: entry,
    description: 'A knowledge entry was deleted with all versions of its text.',
    example: anEntry,
  },
  'knowledge.indexed': {
    version: 1,
    schema: entry,
    description: 'Searches see this version of a knowledge entry from now on.',
    example: anEntry,
  },
  'knowledge.failed': {
    version: 1,
    schema: entry.extend({ error: z.string() }),
    description: 'This version of a knowledge entry cannot be searched. An earlier one still can.',
    example: { ...anEntry, error: 'The text is too complex to be indexed. Split it into several entries.' },
  },
});
