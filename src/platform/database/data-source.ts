import { DataSource, type EntityTarget, type ObjectLiteral } from 'typeorm';
import type { Config } from '../config/index.js';
import { migrations } from './migrations.js';

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
    extra: { pipeline: true, statement_timeout: 60_000 },
  });
}
