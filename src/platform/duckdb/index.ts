import { Global, Module } from '@nestjs/common';
import { DuckDb } from './duckdb.js';
import { TemporaryFolders } from './temporary-folders.js';

export { DuckDb } from './duckdb.js';
export { DuckDbEnded, DuckDbError } from './duckdb-errors.js';
export type { DuckDbSession } from './duckdb-session.js';
export { identifier, literal } from './sql.js';
export type { TableFile } from './messages.js';
export { TemporaryFolders } from './temporary-folders.js';

@Global()
@Module({ providers: [DuckDb, TemporaryFolders], exports: [DuckDb, TemporaryFolders] })
export class DuckDbModule {}
