import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey, type Account } from '../harness/fixtures.js';
import { NO_FAULTS, notificationFaults } from '../harness/notification-faults.js';
import { KillableServices, ServerProcess } from '../harness/processes.js';

const WITHIN_MS = 60_000;
/** Shorter than the cache of a process, half a minute: what a process knows by then, it has received as a message. */
const TOLD_WITHIN_MS = 10_000;
const CALLERS = 8;

let services: KillableServices;
let here: ServerProcess;
let there: ServerProcess;
let account: Account;

beforeAll(async () => {
  services = await KillableServices.start();
  [here, there] = await Promise.all([
    ServerProcess.start('main.js', { ...services.variables, WORKER_INLINE: 'true' }),
    ServerProcess.start('main.js', services.variables),
  ]);
  account = await register(here.client);
}, WITHIN_MS);

afterAll(async () => {
  await Promise.all([here.kill(), there.kill()]);
  await services.stop();
}, WITHIN_MS);

describe('while PostgreSQL is killed under load', () => {
  /** Sends one request after the other until stopped. Records the result of each. */
  class Load {
    readonly statuses = new Map<string, number>();
    readonly wrong: string[] = [];
    readonly keyIds: string[] = [];
    readonly conversationIds: string[] = [];
    private isOn = true;
    private readonly callers: Promise<void>[];

    constructor(clients: TestClient[]) {
      this.callers = clients.map((client) => this.call(client));
    }

    count(status: number): number {
      return [...this.statuses].reduce((sum, [name, count]) => sum + (name.endsWith(` ${status}`) ? count : 0), 0);
    }

    async stop(): Promise<void> {
      this.isOn = false;
      await Promise.all(this.callers);
    }

    private async call(client: TestClient): Promise<void> {
      while (this.isOn) {
        const key = await this.note(client, 'POST', '/api/v1/api-keys', {
          name: 'crash',
          environment: 'live',
          scopes: ['knowledge:read'],
        });
        if (key) this.keyIds.push(key);
        const conversation = await this.note(client, 'POST', '/api/v1/conversations', { title: 'crash' });
        if (conversation) this.conversationIds.push(conversation);
        await this.note(client, 'POST', '/api/v1/chat', { message: 'Is anybody there?' });
        await this.note(client, 'GET', '/api/v1/conversations?limit=5');
        await this.note(client, 'GET', '/health/ready');
      }
    }

    private async note(client: TestClient, method: string, path: string, body?: object): Promise<string | undefined> {
      const {
        status,
        headers,
        body: answer,
      } = await client.call<{ id?: string; code?: string }>(method, path, {
        ...(body && { body }),
      });
      const name = `${method} ${path} ${status}`;
      this.statuses.set(name, (this.statuses.get(name) ?? 0) + 1);
      const isFine =
        status === 503
          ? path === '/health/ready' ||
            (answer.code === 'SERVICE_UNAVAILABLE' && Number(headers.get('retry-after')) > 0)
          : status === 200 || status === 201;
      if (!isFine) this.wrong.push(`${name} ${JSON.stringify(answer)}`);
      return status === 201 ? answer.id : undefined;
    }
  }

  it(
    'requests get 503 with Retry-After and never 500, and afterwards everything acknowledged exists, with one notification each',
    async () => {
      const clients = [here, there].flatMap(({ client }) => Array.from({ length: CALLERS / 2 }, () => client));
      const load = new Load(clients.map((client) => client.as(account.accessToken)));
      await eventually(() => expect(load.keyIds.length).toBeGreaterThan(50), WITHIN_MS);
      for (let kills = 0; kills < 2; kills += 1) {
        const refused = load.count(503);
        await services.kill('postgres');
        await eventually(() => expect(load.count(503)).toBeGreaterThan(refused + 50), WITHIN_MS);
        await services.revive('postgres');
        const made = load.keyIds.length;
        await eventually(() => expect(load.keyIds.length).toBeGreaterThan(made + 50), WITHIN_MS);
      }
      await load.stop();

      expect(load.wrong).toEqual([]);
      const stands = async (table: string, ids: string[]): Promise<void> => {
        const rows = await services.query<{ id: string }>(`SELECT id FROM ${table} WHERE id = ANY($1)`, [ids]);
        expect(rows).toHaveLength(ids.length);
      };
      await stands('api_keys', load.keyIds);
      await stands('conversations', load.conversationIds);
      await eventually(
        async () =>
          expect(await notificationFaults((sql, values) => services.query(sql, values), load.keyIds)).toEqual(
            NO_FAULTS,
          ),
        WITHIN_MS,
      );
    },
    2 * WITHIN_MS,
  );
});

describe('a key that is revoked in one process', () => {
  interface Key {
    id: string;
    client: TestClient;
  }

  /** A key that the other process has in its cache. */
  async function knownKey(): Promise<Key> {
    const client = await withKey(account.session, ['conversations:read']);
    const { body } = await account.session.get<{ data: { id: string }[] }>('/api/v1/api-keys?limit=1');
    const key = { id: (body.data[0] as { id: string }).id, client: there.client.as(client.token) };
    for (const _time of [1, 2]) expect(await statusThere(key)).toBe(200);
    return key;
  }

  const statusThere = async ({ client }: Key): Promise<number> => (await client.get('/api/v1/conversations')).status;

  async function revoke({ id }: Key): Promise<void> {
    expect((await account.session.delete(`/api/v1/api-keys/${id}`)).status).toBe(204);
  }

  it('is refused by another within a moment, not when its cache expires', async () => {
    for (let times = 0; times < 10; times += 1) {
      const key = await knownKey();
      await revoke(key);
      await eventually(async () => expect(await statusThere(key)).toBe(401), TOLD_WITHIN_MS);
    }
  });

  it('is refused by another even if Redis was away at the revocation, before and after it is back', async () => {
    const key = await knownKey();
    await services.kill('redis');
    await revoke(key);
    await eventually(async () => expect(await statusThere(key)).toBe(401), TOLD_WITHIN_MS);
    await services.revive('redis');
    const other = await knownKey();
    await eventually(async () => {
      // By then the other process receives messages again, and serves from its cache.
      expect(
        (await there.client.get<{ services: { cache: { healthy: boolean } } }>('/ready/all')).body.services.cache
          .healthy,
      ).toBe(true);
    });
    for (let times = 0; times < 40; times += 1) {
      expect([await statusThere(key), await statusThere(other)]).toEqual([401, 200]);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  });
});
