import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../harness/eventually.js';
import { register, withKey } from '../harness/fixtures.js';
import { KillableServices, ServerProcess } from '../harness/processes.js';
import { isLong } from '../harness/variables.mjs';

const ROUNDS = isLong ? 1_000 : 6;
const SUBMITTERS = 3;
const WITHIN_MS = isLong ? 3 * 60 * 60_000 : 300_000;
const DOCUMENT = Array.from(
  { length: 40 },
  (_, n) => `## Part ${n}\n\nHerons of group ${n} wait in the reeds.\n\n`,
).join('');

let services: KillableServices;
let cluster: Cluster;
let token: string;

beforeAll(async () => {
  services = await KillableServices.start();
  cluster = new Cluster();
}, WITHIN_MS);
afterAll(async () => {
  await cluster.stop();
  await services.stop();
}, WITHIN_MS);

/** Processes that are killed and started again. */
class Cluster {
  private readonly running = new Map<string, ServerProcess>();

  async start(name: 'api' | 'worker 1' | 'worker 2'): Promise<void> {
    const script = name === 'api' ? 'main.js' : 'main.worker.js';
    this.running.set(name, await ServerProcess.start(script, services.variables));
  }

  get api(): ServerProcess | undefined {
    return this.running.get('api');
  }

  async killAndStart(name: 'api' | 'worker 1' | 'worker 2'): Promise<void> {
    const process = this.running.get(name);
    this.running.delete(name);
    await process?.kill();
    // While PostgreSQL is away, a process does not start.
    await eventually(() => this.start(name), 60_000);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.running.values()].map((process) => process.kill()));
  }
}

/** What is wrong about tasks that have all ended. */
async function findFaults(acknowledged: string[]): Promise<string[]> {
  const rules: Record<string, string> = {
    'acknowledged and missing': `SELECT id FROM unnest($1::uuid[]) id WHERE NOT EXISTS (SELECT FROM tasks t WHERE t.id = id.id)`,
    'not ended': `SELECT id FROM tasks WHERE status IN ('submitted', 'running') AND cardinality($1::uuid[]) >= 0`,
    'ended more than once': `SELECT task_id AS id FROM task_events
      WHERE name IN ('completed', 'failed', 'cancelled') AND cardinality($1::uuid[]) >= 0 GROUP BY task_id HAVING count(*) <> 1`,
    'told of more or less than once': `SELECT t.id FROM tasks t WHERE cardinality($1::uuid[]) >= 0 AND 1 <> (
      SELECT count(*) FROM events e WHERE e.subject = t.id AND e.type IN ('task.completed', 'task.failed'))`,
    'notified of more or less than once': `SELECT t.id FROM tasks t WHERE cardinality($1::uuid[]) >= 0 AND 1 <> (
      SELECT count(*) FROM notifications n WHERE n.data->>'task_id' = t.id::text)`,
    'completed without results, or not completed with them': `SELECT t.id FROM tasks t LEFT JOIN task_results r ON r.task_id = t.id
      WHERE cardinality($1::uuid[]) >= 0 AND (t.status = 'completed') <> (r.task_id IS NOT NULL)`,
    'counted wrongly': `SELECT m.organization_id AS id FROM quota_months m WHERE cardinality($1::uuid[]) >= 0 AND (
      tasks_reserved <> 0 OR tasks_used <> (SELECT count(*) FROM tasks t WHERE t.budget_id = m.organization_id AND t.status = 'completed'))`,
    'still reserved': `SELECT id FROM quota_reservations WHERE tasks > 0 AND cardinality($1::uuid[]) >= 0`,
  };
  const faults: string[] = [];
  for (const [fault, sql] of Object.entries(rules)) {
    const rows = await services.query<{ id: string }>(sql, [acknowledged]);
    faults.push(...rows.map(({ id }) => `${fault}: ${id}`));
  }
  return faults;
}

it(
  `ends every acknowledged task once, while ${ROUNDS} processes and services are killed`,
  async () => {
    await Promise.all([cluster.start('api'), cluster.start('worker 1'), cluster.start('worker 2')]);
    const account = await register((cluster.api as ServerProcess).client);
    await services.query(`UPDATE organizations SET plan = 'pro'`);
    const program = await withKey(account.session, ['knowledge:write', 'tasks:read', 'tasks:write']);
    token = program.token as string;
    await program.post('/api/v1/knowledge', { title: 'Herons', content: DOCUMENT });

    const acknowledged: string[] = [];
    let isOver = false;
    /** Repeats each submission under its key until it is acknowledged. */
    const submit = async (): Promise<void> => {
      while (!isOver) {
        const key = randomUUID();
        await eventually(async () => {
          const client = (cluster.api as ServerProcess).client.as(token);
          const { status, body } = await client.post<{ task_id: string }>(
            '/api/v1/tasks/research',
            { topic: 'Where do herons wait?' },
            { headers: { 'idempotency-key': key } },
          );
          expect(status).toBe(202);
          acknowledged.push(body.task_id);
        }, 120_000);
        // Otherwise the queue would grow faster than it is worked off.
        await pause(100);
      }
    };
    const submitters = Array.from({ length: SUBMITTERS }, submit);
    const victims = ['worker 1', 'worker 2', 'worker 1', 'worker 2', 'api', 'redis', 'postgres'] as const;
    for (let round = 0; round < ROUNDS; round += 1) {
      const victim = victims[Math.floor(Math.random() * victims.length)] as (typeof victims)[number];
      await pause(Math.random() * 500);
      if (victim === 'redis' || victim === 'postgres') {
        await services.kill(victim);
        await services.revive(victim);
      } else {
        await cluster.killAndStart(victim);
      }
    }
    isOver = true;
    await Promise.all(submitters);

    expect(new Set(acknowledged).size).toBe(acknowledged.length);
    expect(acknowledged.length).toBeGreaterThan(ROUNDS);
    await eventually(async () => expect(await findFaults(acknowledged)).toEqual([]), 120_000);
    await plantFaults(acknowledged[0] as string);
  },
  WITHIN_MS,
);

/** The check above can fail. */
async function plantFaults(id: string): Promise<void> {
  const found = async (): Promise<string[]> => (await findFaults([id])).map((fault) => fault.split(':')[0] as string);
  await services.query(
    `INSERT INTO task_events (organization_id, task_id, position, name, progress)
     SELECT organization_id, id, 999, 'cancelled', 100 FROM tasks WHERE id = $1`,
    [id],
  );
  expect(await found()).toEqual(['ended more than once']);
  await services.query('DELETE FROM task_events WHERE position = 999');
  await services.query('UPDATE quota_months SET tasks_used = tasks_used + 1');
  expect(await found()).toEqual(['counted wrongly']);
  await services.query('UPDATE quota_months SET tasks_used = tasks_used - 1');
  await services.query('DELETE FROM notifications WHERE data->>$1 = $2', ['task_id', id]);
  expect(await found()).toEqual(['notified of more or less than once']);
}
