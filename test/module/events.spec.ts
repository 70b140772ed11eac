import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Job } from 'bull';
import { randomUUID } from 'node:crypto';
import { AppModule } from '../../src/app.module.js';
import { NotificationsSubscriber } from '../../src/outreach/notifications/notifications.subscriber.js';
import type { apiKeysEvents } from '../../src/identity/api-keys/index.js';
import { Database } from '../../src/platform/database/index.js';
import { EventsJobs } from '../../src/platform/events/events.jobs.js';
import { EventsRepository } from '../../src/platform/events/events.repository.js';
import { Events } from '../../src/platform/events/index.js';
import { Logger } from '../../src/platform/telemetry/index.js';
import type { chatEvents } from '../../src/product/chat/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import { testConfig } from '../harness/environment.js';
import { eventually } from '../harness/eventually.js';
import { register } from '../harness/fixtures.js';
import { NO_FAULTS, notificationFaults, type NotificationFaults } from '../harness/notification-faults.js';

const SHARED = { REDIS_KEY_PREFIX: `test-events-${process.pid}` };
const PAYLOAD = { name: 'k', environment: 'live', hint: 'h' } as const;

let app: TestApp;
let database: Database;
let events: Events<typeof apiKeysEvents & typeof chatEvents>;
let organizationId: string;
const workers: INestApplicationContext[] = [];

beforeAll(async () => {
  app = await startApp({ ...SHARED, WORKER_INLINE: 'false' });
  database = app.nest.get(Database, { strict: false });
  events = app.nest.get(Events, { strict: false });
  organizationId = (await register(app.client)).organizationId;
});
afterAll(async () => {
  await stopWorkers();
  await app.close();
});

async function startWorker(): Promise<INestApplicationContext> {
  const config = testConfig({ ...SHARED, DATABASE_URL: app.database.url });
  const worker = await NestFactory.createApplicationContext(AppModule.for(config, new Logger(config), true), {
    logger: false,
    abortOnError: false,
  });
  workers.push(worker);
  return worker;
}

async function stopWorkers(): Promise<void> {
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
}

/** Records that keys were created; returns their ids. */
function record(count = 1): Promise<string[]> {
  return database.asTenant(organizationId, async () => {
    const keyIds = Array.from({ length: count }, () => randomUUID());
    for (const subject of keyIds) await events.record({ type: 'api_key.created', subject, payload: PAYLOAD });
    return keyIds;
  });
}

const eventsOf = (keyIds: string[]): Promise<{ id: string; relayed: boolean }[]> =>
  app.database.query('SELECT id, relayed_at IS NOT NULL AS relayed FROM events WHERE subject = ANY($1::uuid[])', [
    keyIds,
  ]);

const faults = (keyIds: string[]): Promise<NotificationFaults> =>
  notificationFaults((sql, values) => app.database.query(sql, values), keyIds);

const expectToldOnce = (keyIds: string[]): Promise<void> =>
  eventually(async () => expect(await faults(keyIds)).toEqual(NO_FAULTS));

describe('an event', () => {
  it('commits or rolls back with its change', async () => {
    const subject = randomUUID();
    const failing = database.asTenant(organizationId, async () => {
      await events.record({ type: 'api_key.created', subject, payload: PAYLOAD });
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await eventsOf([subject])).toEqual([]);
    expect(await eventsOf(await record())).toHaveLength(1);
  });

  it('is refused without an organization, and in a platform scope accepts the named one', async () => {
    const event = { type: 'api_key.created' as const, subject: randomUUID(), payload: PAYLOAD };
    await expect(database.asPlatform(() => events.record(event))).rejects.toThrow('needs an organization');
    await database.asPlatform(() => events.record({ ...event, organizationId }));
    expect(await eventsOf([event.subject])).toHaveLength(1);
  });

  it('is refused if its payload does not match its schema', async () => {
    const subject = randomUUID();
    const payload = { ...PAYLOAD, secret: 's' };
    const recording = database.asTenant(organizationId, () =>
      events.record({ type: 'api_key.created', subject, payload }),
    );
    await expect(recording).rejects.toThrow('secret');
    expect(await eventsOf([subject])).toEqual([]);
  });

  it('contains the id of the request that caused it', async () => {
    await app.client.call('POST', '/auth/register', {
      headers: { 'x-request-id': 'the-one-that-did-it' },
      body: { email: 'traced@example.com', password: 'a long and private sentence' },
    });
    const rows = await app.database.query(`SELECT FROM events WHERE request_id = 'the-one-that-did-it'`);
    expect(rows.length).toBeGreaterThan(0);
  });

  it('waits for a worker for any time', async () => {
    const keyIds = await record(3);
    expect(await eventsOf(keyIds)).toMatchObject([{ relayed: false }, { relayed: false }, { relayed: false }]);
    await startWorker();
    await expectToldOnce(keyIds);
    await stopWorkers();
  });
});

describe('a worker', () => {
  beforeAll(async () => {
    await startWorker();
  });
  afterEach(() => void vi.restoreAllMocks());
  afterAll(stopWorkers);

  it('delivers each event to its subscriber once, within a moment', async () => {
    const keyIds = await record(50);
    await eventually(async () => expect(await faults(keyIds)).toEqual(NO_FAULTS));
    expect(await app.database.query('SELECT FROM event_deliveries WHERE completed_at IS NULL')).toEqual([]);
  });

  it('skips events without subscribers', async () => {
    const subject = randomUUID();
    await database.asTenant(organizationId, () =>
      events.record({ type: 'conversation.created', subject, payload: { title: null } }),
    );
    await eventually(async () => expect(await eventsOf([subject])).toMatchObject([{ relayed: true }]));
    const [event] = await eventsOf([subject]);
    expect(await app.database.query('SELECT FROM event_deliveries WHERE event_id = $1', [event?.id])).toEqual([]);
  });

  it('finds events whose notification was lost', async () => {
    const rows = await app.database.query<{ subject: string }>(
      `INSERT INTO events (id, organization_id, type, subject, payload)
       VALUES (uuidv7(), $1, 'api_key.created', gen_random_uuid(), $2) RETURNING subject`,
      [organizationId, PAYLOAD],
    );
    await expectToldOnce(rows.map(({ subject }) => subject));
  });

  it('retries when a subscriber fails, rolls its writes back, and delays no other', async () => {
    const handle = NotificationsSubscriber.prototype.handle;
    const [stubborn] = await app.database.query<{ id: string }>('SELECT gen_random_uuid() AS id');
    let failures = 0;
    vi.spyOn(NotificationsSubscriber.prototype, 'handle').mockImplementation(async function (
      this: NotificationsSubscriber,
      event,
    ) {
      await handle.call(this, event);
      if (event.subject === stubborn?.id && (failures += 1) <= 2) throw new Error('not today');
    });
    await database.asTenant(organizationId, () =>
      events.record({ type: 'api_key.created', subject: stubborn?.id as string, payload: PAYLOAD }),
    );
    const others = await record(5);
    await expectToldOnce(others);
    expect(failures).toBeLessThan(3);
    await expectToldOnce([stubborn?.id as string]);
    const [delivery] = await app.database.query(
      `SELECT attempts, last_error, completed_at IS NOT NULL AS completed FROM event_deliveries
       JOIN events ON id = event_id WHERE subject = $1`,
      [stubborn?.id],
    );
    expect(delivery).toEqual({ attempts: 3, last_error: null, completed: true });
  });

  it('delivers once even if a job arrives twice, also concurrently', async () => {
    const keyIds = await record(10);
    await expectToldOnce(keyIds);
    const jobs = workers[0]?.get(EventsJobs, { strict: false }) as EventsJobs;
    const delivered = await eventsOf(keyIds);
    // As if it had died right before the completion: the delivery is open again, its notification gone.
    await app.database.query('UPDATE event_deliveries SET completed_at = NULL WHERE event_id = ANY($1::uuid[])', [
      delivered.map(({ id }) => id),
    ]);
    await app.database.query(`DELETE FROM notifications WHERE data->>'subject' = ANY($1)`, [keyIds]);
    const deliver = (eventId: string): Promise<void> =>
      jobs.deliver({ data: { eventId, subscriber: 'notifications' } } as Job);
    await Promise.all(delivered.flatMap(({ id }) => [deliver(id), deliver(id), deliver(id)]));
    expect(await faults(keyIds)).toEqual(NO_FAULTS);
  });

  it('shares the work with others without duplicate deliveries', async () => {
    await Promise.all([startWorker(), startWorker()]);
    const keyIds = (await Promise.all([record(100), record(100), record(100)])).flat();
    await expectToldOnce(keyIds);
    await eventually(async () =>
      expect(await app.database.query('SELECT FROM event_deliveries WHERE completed_at IS NULL')).toEqual([]),
    );
    expect(await faults(keyIds)).toEqual(NO_FAULTS);
  });
});

describe('the check that the crash tests use', () => {
  afterEach(async () => {
    vi.restoreAllMocks();
    await stopWorkers();
  });

  /** Waits until events recorded later have reached their subscriber: what is not delivered by then never will be. */
  async function letLaterOnesPass(): Promise<void> {
    await expectToldOnce(await record(5));
  }

  it('reports the loss when a relay marks events without recording their deliveries', async () => {
    vi.spyOn(EventsRepository.prototype, 'insertDeliveries').mockResolvedValueOnce(undefined);
    const keyIds = await record(3);
    await startWorker();
    // Otherwise the later ones would be marked together with these.
    await eventually(async () => {
      const waiting = await app.database.query('SELECT FROM events WHERE subject = ANY($1) AND relayed_at IS NULL', [
        keyIds,
      ]);
      expect(waiting).toEqual([]);
    });
    await letLaterOnesPass();
    expect(await faults(keyIds)).toEqual({ lost: expect.arrayContaining(keyIds), doubled: [] });
  });

  it('reports the loss when an event is marked as relayed before it was', async () => {
    const keyIds = await record(3);
    await app.database.query('UPDATE events SET relayed_at = now() WHERE subject = $1', [keyIds[1]]);
    await startWorker();
    await letLaterOnesPass();
    expect(await faults(keyIds)).toEqual({ lost: [keyIds[1]], doubled: [] });
  });

  it('reports the loss when open deliveries are deleted', async () => {
    const keyIds = await record(2);
    const [event] = await eventsOf([keyIds[0] as string]);
    await app.database.query('UPDATE events SET relayed_at = now() WHERE id = $1', [event?.id]);
    await app.database.query(
      `INSERT INTO event_deliveries (event_id, subscriber, organization_id, due_at)
       VALUES ($1, 'notifications', $2, now() + interval '1 hour')`,
      [event?.id, organizationId],
    );
    await app.database.query('DELETE FROM event_deliveries WHERE completed_at IS NULL');
    await startWorker();
    await letLaterOnesPass();
    expect(await faults(keyIds)).toEqual({ lost: [keyIds[0]], doubled: [] });
  });

  it('reports the duplicate when a subscriber runs without the ledger', async () => {
    vi.spyOn(EventsRepository.prototype, 'complete').mockResolvedValue(true);
    const worker = await startWorker();
    const keyIds = await record(2);
    await expectToldOnce(keyIds);
    const [event] = await eventsOf([keyIds[0] as string]);
    await worker
      .get(EventsJobs, { strict: false })
      .deliver({ data: { eventId: event?.id as string, subscriber: 'notifications' } } as Job);
    expect(await faults(keyIds)).toEqual({ lost: [], doubled: [keyIds[0]] });
  });
});
