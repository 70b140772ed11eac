import { Global, Module, type DynamicModule } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Config } from '../config/index.js';
import { connectionConfig, createDataSource, type Entities } from './data-source.js';
import { Database } from './database.js';
import { ReadConnections } from './read-connections.js';
import { requireMigrated, requireUtf8 } from './fitness.js';

export { Database } from './database.js';
export { connectionConfig, createDataSource } from './data-source.js';
export { ReadConnections } from './read-connections.js';
export { UnfitDatabaseError } from './fitness.js';
export { PAGE_BYTES, type FoundPage } from './page.js';
export { migrate } from './migrate.js';
export { isDatabaseUnreachable, isDeadlock, isMissingPartition, isUniqueViolation, reasonOf } from './errors.js';
export { storableBigint, storableInteger, storableText } from './storable.js';
export { writeRows, type Unwritten } from './write-rows.js';

@Global()
@Module({})
export class DatabaseModule {
  static forRoot(entities: Entities): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [
        {
          provide: DataSource,
          inject: [Config],
          useFactory: (config: Config) => connect(config, entities),
        },
        {
          provide: ReadConnections,
          inject: [Config],
          useFactory: (config: Config) => new ReadConnections(connectionConfig(config)),
        },
        Database,
      ],
      exports: [Database],
    };
  }
}

/** @throws UnfitDatabaseError: a server that started all the same would fail with each request */
async function connect(config: Config, entities: Entities): Promise<DataSource> {
  const dataSource = await createDataSource(config, entities).initialize();
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
