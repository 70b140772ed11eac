import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Client } from 'pg';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { validate as isUuid } from 'uuid';

interface Transaction {
  /** The tenant, or undefined behind the platform door. */
  organizationId: string | undefined;
  runner: QueryRunner;
  afterCommit: (() => void)[];
}

/**
 * The two doors to PostgreSQL. Behind the tenant door row-level security shows one organization's rows and no others,
 * so a forgotten WHERE returns nothing. The open transaction travels with the asynchronous call, not as a parameter.
 */
@Injectable()
export class Database implements OnApplicationShutdown {
  private readonly transactions = new AsyncLocalStorage<Transaction>();

  constructor(private readonly dataSource: DataSource) {}

  /** Runs `work` in a transaction that sees only this organization's rows. */
  asTenant<T>(organizationId: string, work: () => Promise<T>): Promise<T> {
    // SET takes no parameters, so the id is checked before it becomes part of the statement.
    if (!isUuid(organizationId)) throw new Error('organizationId must be a UUID');
    const tenant = `SET LOCAL ROLE parlance_tenant; SET LOCAL app.organization_id = '${organizationId}'`;
    return this.within(organizationId, tenant, work);
  }

  /** Runs `work` in a transaction across tenants: sign-in, relay, sweeps. */
  asPlatform<T>(work: () => Promise<T>): Promise<T> {
    return this.within(undefined, 'SET LOCAL ROLE parlance_platform', work);
  }

  /** The entity manager of the open transaction. */
  get manager(): EntityManager {
    return this.current.runner.manager;
  }

  /** The organization of the open transaction; undefined behind the platform door. */
  get organizationId(): string | undefined {
    return this.current.organizationId;
  }

  /** Runs one SQL statement in the open transaction. */
  query<Row>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.current.runner.query(sql, parameters) as Promise<Row[]>;
  }

  /** Like `query`, for UPDATE and DELETE: how many rows it changed. */
  async execute(sql: string, parameters: unknown[] = []): Promise<number> {
    const result = await this.current.runner.query(sql, parameters, true);
    return result.affected ?? 0;
  }

  /** Runs `work` outside the open transaction, for what must be seen before it commits, or stay if it does not. */
  apart<T>(work: () => Promise<T>): Promise<T> {
    return this.transactions.exit(work);
  }

  /** Calls back once the open transaction has committed; not at all if it rolls back. */
  afterCommit(callback: () => void): void {
    this.current.afterCommit.push(callback);
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  private get current(): Transaction {
    const transaction = this.transactions.getStore();
    if (!transaction) throw new Error('No open transaction: call asTenant() or asPlatform() first');
    return transaction;
  }

  private async within<T>(organizationId: string | undefined, role: string, work: () => Promise<T>): Promise<T> {
    const open = this.transactions.getStore();
    if (open) {
      if (open.organizationId !== organizationId) throw new Error('A transaction cannot change its tenant');
      return work();
    }
    const runner = this.dataSource.createQueryRunner();
    const transaction: Transaction = { organizationId, runner, afterCommit: [] };
    try {
      const client = (await runner.connect()) as Client;
      // Not awaited: on a pipelined client it travels with the first query instead of costing a round trip of its own.
      // Should it fail, the transaction is aborted and every later query and the COMMIT fail with it.
      const begun = client.query(`BEGIN; ${role}`);
      begun.catch(() => undefined);
      const result = await this.transactions.run(transaction, work);
      await begun;
      const committed = await client.query('COMMIT');
      // PostgreSQL answers a COMMIT of an aborted transaction by rolling it back, without an error.
      if (committed.command !== 'COMMIT') throw new Error('The transaction was rolled back');
      this.transactions.exit(() => transaction.afterCommit.forEach((callback) => callback()));
      return result;
    } catch (error) {
      await runner.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
    }
  }
}
