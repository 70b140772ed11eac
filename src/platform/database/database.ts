import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { Client, Connection, QueryResult } from 'pg';
import { DataSource, type EntityManager, type EntityTarget, type ObjectLiteral, type QueryRunner } from 'typeorm';
import { validate as isUuid } from 'uuid';
import { toWire, type Question } from './read-batch.js';
import { ReadConnections } from './read-connections.js';
import { findMissingMigrations } from './fitness.js';
import { BYTES_OF_ANY_ROW, bytesOf, pageSql, readPage, type FoundPage } from './page.js';

interface RoleScope {
  /** The tenant, or undefined for the platform. */
  organizationId: string | undefined;
  /** SQL that opens it. */
  role: string;
}

interface NestedScopes {
  isOpen: boolean;
  last: Promise<unknown>;
}

interface Transaction extends RoleScope {
  runner: QueryRunner;
  client: Client;
  manager: EntityManager;
  beforeCommit: (() => Promise<void>)[];
  afterCommit: (() => void)[];
  ended: boolean;
  questions?: undefined;
  /** Of a shared transaction and the scopes within: the further scopes within this one, one after the other. */
  nested?: NestedScopes;
  /** Of a scope within a shared transaction: that one, or the scope in which it was opened. */
  outer?: Transaction;
}

/** Reads that are being collected, to be sent together. */
interface Collection {
  organizationId: string;
  questions: Question[];
  ended: boolean;
  nested?: undefined;
  outer?: undefined;
}

/**
 * The two role scopes in which PostgreSQL is asked. In that of a tenant, row-level security shows one organization's rows and no others,
 * so a forgotten WHERE returns nothing. The open transaction travels with the asynchronous call, not as a parameter.
 */
@Injectable()
export class Database implements OnApplicationShutdown {
  private readonly transactions = new AsyncLocalStorage<Transaction | Collection>();
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
   * The same for reads that ask all their questions at once, by `query` or `select`: they go out in one write, over a
   * connection that other requests share, and come back in one read. A question asked after the first answer is refused, because
   * the transaction has ended by then. What cannot be read that way is read once more, in a transaction on a connection of its own.
   */
  async pipelineAsTenant<T>(organizationId: string, work: () => Promise<T>): Promise<T> {
    const scope = tenantScope(organizationId);
    const open = this.transactions.getStore();
    const send = !open || hasEnded(open) ? this.reads.find() : undefined;
    if (!send) return this.within(scope, work, { atOnce: true });
    const collection: Collection = { organizationId, questions: [], ended: false };
    const working = this.transactions.run(collection, work);
    collection.ended = true;
    let hasFailed = false;
    if (collection.questions.length > 0) send(organizationId, collection.questions, () => (hasFailed = true));
    try {
      return await working;
    } catch (error) {
      if (!hasFailed) throw error;
      return await this.within(scope, work, { atOnce: true });
    }
  }

  /** Runs `work` in a transaction across tenants: sign-in, relay, sweeps. */
  asPlatform<T>(work: () => Promise<T>): Promise<T> {
    return this.within(PLATFORM_SCOPE, work);
  }

  /**
   * Runs `work` in one transaction that every scope opened within it joins, whichever it is: all that is done in them
   * commits together, or not at all. Each of them sees what it would see in a transaction of its own, one after the other; what
   * `work` asks besides them goes through the platform scope. Within a shared transaction it is part of that.
   */
  inSharedTransaction<T>(work: () => Promise<T>): Promise<T> {
    const open = this.transactions.getStore();
    if (open?.nested && !hasEnded(open)) return work();
    if (open && !hasEnded(open)) throw new Error('A shared transaction cannot begin within one that is not');
    return this.transact(PLATFORM_SCOPE, work, { isShared: true });
  }

  /** The entity manager of the open transaction, or of the scope within a shared one. */
  get manager(): EntityManager {
    return this.current.manager;
  }

  /** The organization of the open transaction; undefined in the platform scope. */
  get organizationId(): string | undefined {
    return this.current.organizationId;
  }

  /** Runs one SQL statement in the open transaction and returns its rows. The text must be constant: it is prepared once. */
  async query<Row>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return (await this.run(sql, parameters)).rows as Row[];
  }

  /** Like `query`, for INSERT, UPDATE and DELETE: how many rows it changed. */
  async execute(sql: string, parameters: unknown[] = []): Promise<number> {
    return (await this.run(sql, parameters)).rowCount ?? 0;
  }

  /** Reads entities by what follows `FROM <table>`. The quick way for what is read often; columns come from the entity. */
  select<Entity extends ObjectLiteral>(
    entity: EntityTarget<Entity>,
    rest: string,
    parameters: unknown[] = [],
  ): Promise<Entity[]> {
    return this.query<Entity>(`${this.selectFrom(entity)} ${rest}`, parameters);
  }

  /** Reads one page of entities, bounded in bytes too: `rest` holds conditions and an order, newest first by id. */
  selectPage<Entity extends ObjectLiteral & { id: string }>(
    entity: EntityTarget<Entity>,
    rest: string,
    parameters: unknown[],
    limit: number,
  ): Promise<FoundPage<Entity>> {
    const bytes = bytesOf(this.dataSource.getMetadata(entity).columns);
    return readPage(this, pageSql(`${this.selectFrom(entity)} ${rest}`, parameters, bytes), parameters, limit);
  }

  /** Like `selectPage`, for the rows of a SELECT of its own, each with its id. */
  queryPage<Row extends { id: string }>(sql: string, parameters: unknown[], limit: number): Promise<FoundPage<Row>> {
    return readPage(this, pageSql(sql, parameters, BYTES_OF_ANY_ROW), parameters, limit);
  }

  /** Runs `work` outside the open transaction, for what must be seen before it commits, or stay if it does not. */
  outsideTransaction<T>(work: () => Promise<T>): Promise<T> {
    return this.transactions.exit(work);
  }

  /** Does this as the last of the open transaction, within it: for locks that all transactions want, which are then held briefly. */
  beforeCommit(work: () => Promise<void>): void {
    this.current.beforeCommit.push(work);
  }

  /** Calls back once the open transaction has committed; not at all if it rolls back. */
  afterCommit(callback: () => void): void {
    this.current.afterCommit.push(callback);
  }

  /** The migrations of this version that the database lacks: after a restore, say. Asked outside the role scopes, whose roles it may lack too. */
  findMissingMigrations(): Promise<string[]> {
    return findMissingMigrations((sql) => this.dataSource.query(sql));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.reads.end();
  }

  private get current(): Transaction {
    const transaction = this.transactions.getStore();
    if (!transaction) throw new Error('No open transaction: call asTenant() or asPlatform() first');
    if (hasEnded(transaction)) throw new Error('The transaction has ended');
    if (transaction.questions) throw new Error('Reads that are sent together have nothing but query() and select()');
    // What is asked outside of it would be asked with the rights of whoever has opened it.
    if (transaction.nested?.isOpen) throw new Error('A scope within the shared transaction is open');
    return transaction;
  }

  private run(sql: string, parameters: unknown[]): Promise<QueryResult> {
    let name = this.statementNames.get(sql);
    if (!name) {
      name = createHash('sha1').update(sql).digest('base64url');
      this.statementNames.set(sql, name);
    }
    const open = this.transactions.getStore();
    if (open?.questions && !open.ended) return ask(open, name, sql, parameters);
    return this.current.client.query({ name, text: sql, values: parameters });
  }

  private end(transaction: Transaction): Promise<QueryResult> {
    transaction.ended = true;
    const ended = transaction.client.query('COMMIT');
    ended.catch(() => undefined);
    return ended;
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
    const open = this.transactions.getStore();
    if (!open || hasEnded(open)) return this.transact(scope, work, { atOnce });
    const isRoot = open.nested && !open.outer;
    if (open.organizationId === scope.organizationId && !isRoot) return work();
    if (open.questions || !open.nested) throw new Error('A transaction cannot change its tenant');
    return this.inTurn(open, open.nested, scope, work);
  }

  private async transact<T>(
    scope: RoleScope,
    work: () => Promise<T>,
    { atOnce = false, isShared = false }: { atOnce?: boolean; isShared?: boolean },
  ): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    const client = (await runner.connect()) as Client & { connection: Connection };
    const transaction: Transaction = {
      ...scope,
      runner,
      client,
      manager: runner.manager,
      beforeCommit: [],
      afterCommit: [],
      ended: false,
      ...(isShared && { nested: noNestedScopes() }),
    };
    try {
      const result = await this.begin(transaction, work, atOnce);
      this.transactions.exit(() => transaction.afterCommit.forEach((callback) => callback()));
      return result;
    } catch (error) {
      // What the work has started and not waited for must not go on on this connection: the next one to have it may be
      // another tenant's.
      transaction.ended = true;
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
    }
  }

  /** One scope of a shared transaction at a time: they share a connection, on which only one role and tenant can hold. */
  private inTurn<T>(outer: Transaction, nested: NestedScopes, scope: RoleScope, work: () => Promise<T>): Promise<T> {
    const turn = nested.last.then(async () => {
      if (hasEnded(outer)) throw new Error('The transaction has ended');
      nested.isOpen = true;
      try {
        return await this.inScope(outer, scope, work);
      } finally {
        nested.isOpen = false;
      }
    });
    nested.last = turn.catch(() => undefined);
    return turn;
  }

  /** Opens a scope within a shared transaction, and closes it again whatever happens in it. */
  private async inScope<T>(
    outer: Transaction,
    { organizationId, role }: RoleScope,
    work: () => Promise<T>,
  ): Promise<T> {
    const { runner, client } = outer;
    // A manager of its own: what is noted down by manager is of this scope, and is forgotten with it.
    const manager = this.dataSource.createEntityManager(runner);
    const hooks = { beforeCommit: [], afterCommit: [] };
    const inside = { nested: noNestedScopes(), outer, ended: false };
    const scope: Transaction = { organizationId, role, runner, client, manager, ...hooks, ...inside };
    // Not awaited, as BEGIN is not: should it fail, everything after it fails with it.
    client.query(`SAVEPOINT scope; ${role}`).catch(() => undefined);
    try {
      const result = await this.transactions.run(scope, work);
      await this.runLast(scope);
      scope.ended = true;
      await client.query(`RELEASE SAVEPOINT scope; ${outer.role}`);
      outer.afterCommit.push(...scope.afterCommit);
      return result;
    } catch (error) {
      scope.ended = true;
      // Whoever catches this finds nothing of it done, as after a transaction of its own. Role and tenant go back too.
      await client.query('ROLLBACK TO SAVEPOINT scope; RELEASE SAVEPOINT scope').catch(() => undefined);
      throw error;
    }
  }

  private runLast(transaction: Transaction): Promise<void> {
    return this.transactions.run(transaction, async () => {
      for (const last of transaction.beforeCommit) await last();
    });
  }

  private async begin<T>(transaction: Transaction, work: () => Promise<T>, atOnce: boolean): Promise<T> {
    const { client } = transaction;
    const { stream } = client.connection;
    let working: Promise<T>;
    let ending: Promise<QueryResult> | undefined;
    // BEGIN is not awaited: on a pipelined client it travels with the first query, in one write, instead of costing a round
    // trip of its own. Should it fail, the transaction is aborted and every later query and the COMMIT fail with it.
    stream.cork();
    const begun = client.query(`BEGIN; ${transaction.role}`);
    begun.catch(() => undefined);
    try {
      working = this.transactions.run(transaction, work);
      if (atOnce) ending = this.end(transaction);
    } finally {
      stream.uncork();
    }
    const result = await working;
    await this.runLast(transaction);
    await begun;
    const { command } = await (ending ?? this.end(transaction));
    // PostgreSQL answers a COMMIT of an aborted transaction by rolling it back, without an error.
    if (command !== 'COMMIT') throw new Error('The transaction was rolled back');
    return result;
  }
}

const PLATFORM_SCOPE: RoleScope = { organizationId: undefined, role: 'SET LOCAL ROLE parlance_platform' };

/** Adds a question to those that are sent together. */
function ask({ questions }: Collection, name: string, text: string, parameters: unknown[]): Promise<QueryResult> {
  const values = parameters.map(toWire);
  const answer = new Promise<QueryResult>((resolve, reject) => questions.push({ name, text, values, resolve, reject }));
  // All fail together, and of several that are waited for one by one only the first is seen to.
  answer.catch(() => undefined);
  return answer;
}

const hasEnded = ({ ended, outer }: Pick<Transaction, 'ended' | 'outer'>): boolean =>
  ended || (outer !== undefined && hasEnded(outer));

const noNestedScopes = (): NestedScopes => ({ isOpen: false, last: Promise.resolve() });

function tenantScope(organizationId: string): RoleScope {
  // SET takes no parameters, so the id is checked before it becomes part of the statement.
  if (!isUuid(organizationId)) throw new Error('organizationId must be a UUID');
  const role = `SET LOCAL ROLE parlance_tenant; SET LOCAL app.organization_id = '${organizationId}'`;
  return { organizationId, role };
}
