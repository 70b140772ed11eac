import { Global, Module, type DynamicModule } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Config } from '../config/index.js';
import { createDataSource, type Entities } from './data-source.js';
import { Database } from './database.js';

export { Database } from './database.js';
export { createDataSource } from './data-source.js';
export { PAGE_BYTES, type FoundPage } from './page.js';
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
        Database,
      ],
      exports: [Database],
    };
  }
}
