import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { Failure } from '../../scripts/lib/failure.mjs';
import { createTenant } from '../lib/tenant.mjs';

/**
 * @typedef {import('../lib/stage.mjs').Stage} Stage
 * @typedef {import('../lib/stage.mjs').Server} Server
 * @typedef {import('../lib/api.mjs').Api} Api
 * @typedef {(closer: () => unknown) => void} Defer
 */

/** How many tasks a worker runs at once, by default. */
export const SLOTS = 2;
const WITHIN_MS = 600_000;

/** The cheapest task there is: research in an empty knowledge base. */
export const CHEAP = { path: '/api/v1/tasks/research', body: { topic: 'Herons', scope: 'quick' } };

/** A server with an API process, a tenant and a connection to its database, on which tasks are measured. */
export class Scene {
  /**
   * @param {Stage} stage
   * @param {string} databaseUrl
   * @param {Server} api
   * @param {Api} tenant
   * @param {pg.Client} database
   */
  constructor(stage, databaseUrl, api, tenant, database) {
    this.stage = stage;
    this.databaseUrl = databaseUrl;
    this.api = api;
    this.tenant = tenant;
    this.database = database;
  }

  /** @param {Stage} stage @param {Defer} defer */
  static async open(stage, defer) {
    const databaseUrl = await stage.createDatabase();
    const api = await stage.startApi(databaseUrl);
    const tenant = await createTenant(api.url, databaseUrl);
    const database = new pg.Client({ connectionString: databaseUrl });
    await database.connect();
    defer(() => database.end());
    await database.query('SET ROLE parlance_platform');
    return new Scene(stage, databaseUrl, api, tenant, database);
  }

  startWorker() {
    return this.stage.startWorker(this.databaseUrl);
  }

  /**
   * @param {string} sql
   * @param {unknown[]} [parameters]
   * @returns {Promise<any[]>}
   */
  async query(sql, parameters = []) {
    return (await this.database.query(sql, parameters)).rows;
  }

  /**
   * @param {{ path: string, body: object }} task
   * @param {Api} [tenant]
   * @returns {Promise<string>} its id
   */
  async submit({ path, body }, tenant = this.tenant) {
    return (await tenant.post(path, body)).body.task_id;
  }

  /** The row of a task that has completed, with its times in milliseconds. */
  async completed(/** @type {string} */ id) {
    const row = await this.until(async () => {
      const [found] = await this.query(
        `SELECT status, error, extract(epoch FROM created_at) * 1000 AS created,
           extract(epoch FROM started_at) * 1000 AS started, extract(epoch FROM completed_at) * 1000 AS completed
         FROM tasks WHERE id = $1 AND completed_at IS NOT NULL`,
        [id],
      );
      return found;
    });
    if (row.status !== 'completed')
      throw new Failure(`A task ended as ${row.status}.`, { output: JSON.stringify(row.error) });
    return { created: Number(row.created), started: Number(row.started), completed: Number(row.completed) };
  }

  /** Adds copies of a task that has not started, each with an id of its own. @param {string} id @param {number} count */
  async copy(id, count) {
    await this.query(
      `INSERT INTO tasks (id, organization_id, budget_id, billing_organization_id, plan, type, title, input, status, priority)
       SELECT uuidv7(), organization_id, budget_id, billing_organization_id, plan, type, title, input, status, priority
       FROM tasks, generate_series(1, $2) WHERE id = $1`,
      [id, count],
    );
  }

  /**
   * @template T
   * @param {() => Promise<T | undefined | false> | T | undefined | false} look
   * @returns {Promise<T>}
   */
  async until(look, everyMs = 5) {
    const deadline = performance.now() + WITHIN_MS;
    while (performance.now() < deadline) {
      const found = await look();
      if (found) return found;
      await pause(everyMs);
    }
    throw new Failure('The tasks did not end in time.');
  }
}

/**
 * Calls something so many times, several at once.
 *
 * @param {number} count
 * @param {number} atOnce
 * @param {() => Promise<unknown>} call
 */
export async function repeat(count, atOnce, call) {
  let left = count;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
}
