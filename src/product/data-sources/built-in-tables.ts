import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { NIL } from 'uuid';
import type { Scope } from '../../identity/permissions/index.js';
import { UsageRepository } from '../../metering/usage/index.js';
import { Database } from '../../platform/database/index.js';
import { DuckDb, TemporaryFolders, type DuckDbSession } from '../../platform/duckdb/index.js';
import { ConversationFactsRepository } from '../chat/index.js';
import { TaskFailure } from '../tasks/index.js';
import type { OpeningOptions } from './data-source-opening.js';
import { withRoles, type ColumnRole, type Profile } from './profile.js';
import { profileData } from './profiler.js';

const BATCH = 1_000;
const MAX_ROWS = 1_000_000;
const BEFORE_ALL_USAGE = { credential_id: NIL, day: '0001-01-01', route: '' };

interface BuiltInTable {
  /** Whoever may not read the rows may not compute with them either. */
  scope: Scope;
  /** What the names and types of columns would not tell. */
  roles: Record<string, ColumnRole>;
  /** The rows after one, in the scope of the tenant; all of them if there are fewer than `BATCH`. */
  after: (last: object | undefined) => Promise<object[]>;
}

/** The platform's own data of an organization, as tables that tasks analyze by name. */
@Injectable()
export class BuiltInTables {
  private readonly tables: Record<string, BuiltInTable>;

  constructor(
    private readonly database: Database,
    private readonly conversations: ConversationFactsRepository,
    private readonly usage: UsageRepository,
    private readonly folders: TemporaryFolders,
    private readonly duckdb: DuckDb,
  ) {
    this.tables = {
      conversations: {
        scope: 'conversations:read',
        roles: { id: 'none', language: 'category' },
        after: (last = { id: NIL }) => this.conversations.listAfter((last as { id: string }).id, BATCH),
      },
      usage: {
        scope: 'analytics:read',
        roles: { credential_id: 'category', route: 'category' },
        after: (last = BEFORE_ALL_USAGE) => this.usage.listAfter(last as typeof BEFORE_ALL_USAGE, BATCH),
      },
    };
  }

  get names(): string[] {
    return Object.keys(this.tables);
  }

  /** The scope that is needed to read a built-in table; undefined if the name is of none. */
  scopeOf(name: string): Scope | undefined {
    return this.find(name)?.scope;
  }

  /** Opens a table as the table `data`, with the rows of now. */
  open<T>(
    organizationId: string,
    name: string,
    options: OpeningOptions,
    work: (profile: Profile, session: DuckDbSession) => Promise<T>,
  ): Promise<T> {
    const table = this.find(name) as BuiltInTable;
    return this.folders.withFolder(async (folder) => {
      const path = join(folder, 'data.ndjson');
      await pipeline(this.linesOf(organizationId, name, table, options.signal), createWriteStream(path));
      return this.duckdb.withTables([{ name: 'data', path, format: 'ndjson' }], options, async (session) =>
        work(withRoles(await profileData(session), table.roles), session),
      );
    });
  }

  private find(name: string): BuiltInTable | undefined {
    return Object.hasOwn(this.tables, name) ? this.tables[name] : undefined;
  }

  private async *linesOf(
    organizationId: string,
    name: string,
    table: BuiltInTable,
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    let count = 0;
    for (let rows: object[] = []; count === 0 || rows.length === BATCH;) {
      signal.throwIfAborted();
      const last = rows.at(-1);
      rows = await this.database.asTenant(organizationId, () => table.after(last));
      count += rows.length;
      if (count === 0) throw new TaskFailure('NO_ROWS', `The data source ${JSON.stringify(name)} has no rows yet.`);
      if (count > MAX_ROWS) {
        throw new TaskFailure(
          'DATA_SOURCE_TOO_LARGE',
          `The data source ${JSON.stringify(name)} has more than ${MAX_ROWS.toLocaleString('en')} rows.`,
        );
      }
      yield rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    }
  }
}
