import { z } from 'zod';
import { defineEvents } from '../../platform/events/index.js';

const source = z.strictObject({ name: z.string(), format: z.string() });
const aSource = { name: 'orders', format: 'csv' };

/** The subject of each is the data source. */
export const dataSourcesEvents = defineEvents({
  'data_source.created': { version: 1, schema: source, description: 'A data source was created.', example: aSource },
  'data_source.uploaded': {
    version: 1,
    schema: source.extend({ bytes: z.int() }),
    description: 'A data source has new content.',
    example: { ...aSource, bytes: 1024 },
  },
  'data_source.updated': {
    version: 1,
    schema: source,
    description: 'A data source was renamed, the roles of its columns were corrected, or its connection was replaced.',
    example: aSource,
  },
  'data_source.refreshed': {
    version: 1,
    schema: source,
    description: 'The table of a data source is to be read again.',
    example: { ...aSource, format: 'postgresql' },
  },
  'data_source.profiled': {
    version: 1,
    schema: source.extend({ row_count: z.int() }),
    description: 'A data source can be analyzed.',
    example: { ...aSource, row_count: 9994 },
  },
  'data_source.failed': {
    version: 1,
    schema: source.extend({ error: z.string() }),
    description: 'The content of a data source cannot be read.',
    example: { ...aSource, error: 'Line 3: Expected Number of Columns: 2 Found: 3' },
  },
  'data_source.deleted': {
    version: 1,
    schema: source,
    description: 'A data source was deleted with its content.',
    example: aSource,
  },
});
