import { types, type ClientConfig } from 'pg';
import { DataSource, type EntityTarget, type ObjectLiteral } from 'typeorm';
import type { Config } from '../config/index.js';
import { migrations } from './migrations.js';

const TIMESTAMPTZ = 1184;

// Sessions are in UTC (below), so the text is ISO 8601 but for its blank and its offset. Twenty rows hold sixty of them.
types.setTypeParser(TIMESTAMPTZ, (text) => new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`));

export type Entities = EntityTarget<ObjectLiteral>[];

const CONNECT_MS = 5_000;
const CONNECTION = { pipeline: true, statement_timeout: 60_000, options: '-c timezone=UTC' };

/** The connection pool to PostgreSQL, not yet connected. */
export function createDataSource(config: Config, entities: Entities): DataSource {
  return new DataSource({
    type: 'postgres',
    url: config.get('DATABASE_URL'),
    poolSize: config.get('DATABASE_POOL_SIZE'),
    applicationName: 'parlance',
    connectTimeoutMS: CONNECT_MS,
    entities: entities as never[],
    migrations,
    migrationsTransactionMode: 'each',
    logging: false,
    extra: CONNECTION,
  });
}

/** How a connection besides the pool is made. */
export const connectionConfig = (config: Config): ClientConfig => ({
  connectionString: config.get('DATABASE_URL'),
  application_name: 'parlance',
  connectionTimeoutMillis: CONNECT_MS,
  ...CONNECTION,
});
