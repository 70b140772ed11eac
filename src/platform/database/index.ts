import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Config } from '../config/index.js';
import { connectionConfig, dataSourceModule, type Entities } from './data-source.js';
import { Database } from './database.js';
import { ReadConnections } from './read-connections.js';

export { Database } from './database.js';
export { connectionConfig, createDataSource } from './data-source.js';
export { ReadConnections } from './read-connections.js';
export { UnfitDatabaseError } from './fitness.js';
export { type FoundPage } from './page.js';
export { migrate } from './migrate.js';
export {
  isDatabaseUnreachable,
  isDeadlock,
  isDivisionByZero,
  isMissingPartition,
  isUniqueViolation,
  reasonOf,
} from './errors.js';
export { storableBigint, storableInteger, storableText } from './storable.js';
export { writeRows, type Unwritten } from './write-rows.js';

@Global()
@Module({})
export class DatabaseModule {
  static forRoot(entities: Entities): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [dataSourceModule(entities)],
      providers: [
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
