import { createHash } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { QueryResult } from 'pg';
import { DataSource, type EntityManager, type EntityTarget, type ObjectLiteral } from 'typeorm';
import { ask, collectReads } from './collected-reads.js';
import { findMissingMigrations } from './fitness.js';
import { inNestedScope } from './nested-scope.js';
import { OpenTransactions } from './open-transactions.js';
import { BYTES_OF_ANY_ROW, bytesOf, pageSql, readPage, type FoundPage } from './page.js';
import { ReadConnections } from './read-connections.js';
import { askOne } from './named-query.js';
import { transact } from './transact.js';
import { PLATFORM_SCOPE, tenantScope, type RoleScope } from './transaction.js';

/**
 * Runs SQL in one of two role scopes. In the tenant's scope, row-level security shows the rows of one organization, so
 * a query without its WHERE returns no rows of others.
 */
@Injectable()
export class Database implements OnApplicationShutdown {
  private readonly open = new OpenTransactions();
  private readonly selects = new Map<EntityTarget<ObjectLiteral>, string>();
  private readonly statementNames = new Map<string, string>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly reads: ReadConnections,
  ) {}

  /** Runs `work` in a transaction that sees only this organization's rows. */
  asTenant<T>(organizationId: string, work: () => Promise<T>): Promise<T> {
    return this.within(tenantScope(organizationId), work);
  }

  /**
   * Like `asTenant`, for reads that send all their queries (`query` or `select`) before they await one. They go out in
   * one write, over a connection that other requests share, and return in one read. A query after the first result is
   * refused, because the transaction has ended. If the shared connection fails, they run again in a transaction of
   * their own.
   */
  async pipelineAsTenant<T>(organizationId: string, work: () => Promise<T>): Promise<T> {
    const scope = tenantScope(organizationId);
    const again = (): Promise<T> => this.within(scope, work, { atOnce: true });
    const send = this.open.find() ? undefined : this.reads.find();
    return send ? collectReads(this.open, send, organizationId, work, again) : again();
  }

  /** Runs `work` in a transaction across tenants: sign-in, relay, sweeps. */
  asPlatform<T>(work: () => Promise<T>): Promise<T> {
    return this.within(PLATFORM_SCOPE, work);
  }

  /**
   * Runs `work` in one transaction that every scope opened within it joins. All of them commit together or not at all.
   * They run one after the other, each with its own role and tenant. SQL outside of these scopes runs in the platform
   * scope. Within another shared transaction, `work` becomes part of it.
   */
  inSharedTransaction<T>(work: () => Promise<T>): Promise<T> {
    const open = this.open.find();
    if (open?.nested) return work();
    if (open) throw new Error('A shared transaction cannot begin within one that is not');
    return transact(this.open, this.dataSource, PLATFORM_SCOPE, work, { isShared: true });
  }

  /** The entity manager of the open transaction, or of the scope within a shared one. */
  get manager(): EntityManager {
    return this.open.get().manager;
  }

  /** The organization of the open transaction; undefined in the platform scope. */
  get organizationId(): string | undefined {
    return this.open.get().organizationId;
  }

  /**
   * Runs one SQL statement in the open transaction and returns its rows. Its text must be constant, because it is
   * prepared once.
   */
  async query<Row>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return (await this.run(sql, parameters)).rows as Row[];
  }

  /** Like `query`, for INSERT, UPDATE and DELETE. Returns the number of changed rows. */
  async execute(sql: string, parameters: unknown[] = []): Promise<number> {
    return (await this.run(sql, parameters)).rowCount ?? 0;
  }

  /**
   * Reads entities. `rest` is the SQL after `FROM <table>`; the columns come from the entity. Faster than the entity
   * manager.
   */
  select<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    rest: string,
    parameters: unknown[] = [],
  ): Promise<Entity[]> {
    return this.query<Entity>(`${this.selectFrom(entity)} ${rest}`, parameters);
  }

  /**
   * Reads one page of entities, limited in rows and bytes. `rest` has the conditions and an order, newest first by id.
   */
  selectPage<Entity extends ObjectLiteral & { id: string }>(
    entity: EntityTarget<Entity>,
    rest: string,
    parameters: unknown[],
    limit: number,
  ): Promise<FoundPage<Entity>> {
    const bytes = bytesOf(this.dataSource.getMetadata(entity).columns);
    return readPage(this, pageSql(`${this.selectFrom(entity)} ${rest}`, parameters, bytes), parameters, limit);
  }

  /** Like `selectPage`, for any SELECT whose rows have an id. */
  queryPage<Row extends { id: string }>(sql: string, parameters: unknown[], limit: number): Promise<FoundPage<Row>> {
    return readPage(this, pageSql(sql, parameters, BYTES_OF_ANY_ROW), parameters, limit);
  }

  /** Runs `work` outside the open transaction: for changes that must be visible before it commits, or remain if it rolls back. */
  outsideTransaction<T>(work: () => Promise<T>): Promise<T> {
    return this.open.exit(work);
  }

  /**
   * Runs `work` at the end of the open transaction, before its commit. For locks that many transactions need: they are
   * held briefly.
   */
  beforeCommit(work: () => Promise<void>): void {
    this.open.get().beforeCommit.push(work);
  }

  /**
   * Sends this one statement in the same write as COMMIT, which saves a round trip. Its result is not read, so the
   * statement itself must fail to roll the transaction back. A transaction has at most one; it runs in the outermost
   * scope.
   * @param explain converts its error for the caller
   */
  withCommit(sql: string, parameters: unknown[], explain = (error: Error): Error => error): void {
    let transaction = this.open.get();
    while (transaction.outer) transaction = transaction.outer;
    if (transaction.last) throw new Error('A transaction sends at most one statement with its COMMIT');
    transaction.last = { name: this.nameOf(sql), sql, parameters, explain };
  }

  /** Calls back after the open transaction commits; never if it rolls back. */
  afterCommit(callback: () => void): void {
    this.open.get().afterCommit.push(callback);
  }

  /**
   * The migrations of this version that the database lacks, for example after a restore. Runs outside the role scopes,
   * because the database can lack these roles too.
   */
  findMissingMigrations(): Promise<string[]> {
    return findMissingMigrations((sql) => this.dataSource.query(sql));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.reads.end();
  }

  /** The name under which connections prepare a statement. */
  private nameOf(sql: string): string {
    let name = this.statementNames.get(sql);
    if (!name) {
      name = createHash('sha1').update(sql).digest('base64url');
      this.statementNames.set(sql, name);
    }
    return name;
  }

  private run(sql: string, parameters: unknown[]): Promise<QueryResult> {
    const name = this.nameOf(sql);
    const open = this.open.find();
    if (open?.questions) return ask(open, name, sql, parameters);
    return askOne(this.open.get().client, name, sql, parameters);
  }

  private selectFrom(entity: EntityTarget<ObjectLiteral>): string {
    let text = this.selects.get(entity);
    if (!text) {
      const { columns, tableName } = this.dataSource.getMetadata(entity);
      text = `SELECT ${columns.map((column) => `${column.databaseName} AS "${column.propertyName}"`).join(', ')} FROM ${tableName}`;
      this.selects.set(entity, text);
    }
    return text;
  }

  private async within<T>(scope: RoleScope, work: () => Promise<T>, { atOnce = false } = {}): Promise<T> {
    const open = this.open.find();
    if (!open) return transact(this.open, this.dataSource, scope, work, { atOnce });
    const isRoot = open.nested && !open.outer;
    if (open.organizationId === scope.organizationId && !isRoot) return work();
    if (open.questions || !open.nested) throw new Error('A transaction cannot change its tenant');
    return inNestedScope(this.open, this.dataSource, open, open.nested, scope, work);
  }
}
