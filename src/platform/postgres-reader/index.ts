import { Global, Module } from '@nestjs/common';
import { PostgresReader } from './postgres-reader.js';

export type { PostgresTable } from './messages.js';
export { PostgresReader, PostgresReadError } from './postgres-reader.js';

@Global()
@Module({ providers: [PostgresReader], exports: [PostgresReader] })
export class PostgresReaderModule {}
