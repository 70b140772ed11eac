import { types } from 'pg';
import { DataSource, type EntityTarget, type ObjectLiteral } from 'typeorm';
import type { Config } from '../config/index.js';
import { migrations } from './migrations.js';

const TIMESTAMPTZ = 1184;

// Sessions are in UTC (below), so the text is ISO 8601 but for its blank and its offset. Twenty rows hold sixty of them.
types.setTypeParser(TIMESTAMPTZ, (text) => new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`));

export type Entities = EntityTarget<ObjectLiteral>[];

/** The connection pool to PostgreSQL, not yet connected. */
export function createDataSource(config: Config, entities: Entities): DataSource {
  return new DataSource({
    type: 'postgres',
    url: config.get('DATABASE_URL'),
    poolSize: config.get('DATABASE_POOL_SIZE'),
    applicationName: 'parlance',
    connectTimeoutMS: 5_000,
    entities: entities as never[],
    migrations,
    migrationsTransactionMode: 'each',
    logging: false,
    extra: { pipeline: true, statement_timeout: 60_000, options: '-c timezone=UTC' },
  });
}
