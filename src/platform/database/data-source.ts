import type { DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import pg, { types, type ClientConfig } from 'pg';
import { DataSource, type DataSourceOptions, type EntityTarget, type ObjectLiteral } from 'typeorm';
import { Config } from '../config/index.js';
import { requireMigrated, requireUtf8 } from './fitness.js';
import { migrations } from './migrations.js';

const TIMESTAMPTZ = 1184;

// Sessions use UTC (below), so the text is ISO 8601 except for its space and its offset. Must be fast: twenty rows
// contain sixty times.
types.setTypeParser(TIMESTAMPTZ, (text) => new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`));

export type Entities = EntityTarget<ObjectLiteral>[];

const CONNECT_MS = 5_000;
/**
 * A client of the pool whose loss ends no process: between the pool and the query runner, nobody else listens to it. Its
 * queries fail, so whoever uses it notices.
 */
class PoolClient extends pg.Client {
  constructor(config: ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}

const CONNECTION = { pipeline: true, statement_timeout: 60_000, options: '-c timezone=UTC' };

/** Settings of the connection pool. Entities and migrations are listed, never found by file name. */
const dataSourceOptions = (config: Config, entities: Entities): DataSourceOptions => ({
  type: 'postgres',
  // The instance whose type parsers are set above. Otherwise TypeORM loads another one by name.
  driver: pg,
  url: config.get('DATABASE_URL'),
  poolSize: config.get('DATABASE_POOL_SIZE'),
  applicationName: 'parlance',
  connectTimeoutMS: CONNECT_MS,
  entities: entities as never[],
  migrations,
  migrationsTransactionMode: 'each',
  logging: false,
  extra: { ...CONNECTION, Client: PoolClient },
});

/** The connection pool outside Nest, not yet connected. */
export const createDataSource = (config: Config, entities: Entities): DataSource =>
  new DataSource(dataSourceOptions(config, entities));

/** The pool as a Nest module, which connects at the start and disconnects at the end. */
export const dataSourceModule = (entities: Entities): DynamicModule =>
  TypeOrmModule.forRootAsync({
    inject: [Config],
    // The first failure ends the start. The operator sees it immediately and decides whether to retry.
    useFactory: (config: Config) => ({ ...dataSourceOptions(config, entities), toRetry: () => false }),
    dataSourceFactory: (options) => connect(new DataSource(options as DataSourceOptions)),
  });

/** @throws UnfitDatabaseError because every request would fail otherwise */
async function connect(dataSource: DataSource): Promise<DataSource> {
  await dataSource.initialize();
  const run = (sql: string): Promise<Record<string, string>[]> => dataSource.query(sql);
  try {
    await requireUtf8(run);
    await requireMigrated(run);
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
  return dataSource;
}

/** Configuration of a connection outside the pool. */
export const connectionConfig = (config: Config): ClientConfig => ({
  connectionString: config.get('DATABASE_URL'),
  application_name: 'parlance',
  connectionTimeoutMillis: CONNECT_MS,
  ...CONNECTION,
});
