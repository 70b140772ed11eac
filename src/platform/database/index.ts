import { Global, Module, type DynamicModule } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Config } from '../config/index.js';
import { connectionConfig, createDataSource, type Entities } from './data-source.js';
import { Database } from './database.js';
import { ReadConnections } from './read-connections.js';

export { Database } from './database.js';
export { connectionConfig, createDataSource } from './data-source.js';
export { ReadConnections } from './read-connections.js';
export { migrate } from './migrate.js';
export { isDatabaseUnreachable, isDeadlock, isMissingPartition, isUniqueViolation } from './errors.js';

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
          useFactory: (config: Config) => createDataSource(config, entities).initialize(),
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
