import { InjectQueue } from '@nestjs/bull';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Queue } from 'bull';
import { Client } from 'pg';
import { Config } from '../config/index.js';
import { Database } from '../database/index.js';
import { Logger } from '../telemetry/index.js';
import { EVENTS_QUEUE, OUTGOING_EVENTS_QUEUE } from './events.jobs.js';
import { EventsRepository, type Delivery } from './events.repository.js';
import { Subscribers } from './subscribers.js';

const BATCH = 200;
const POLL_MS = 1_000;

/**
 * Creates one job per subscriber for each recorded event. A notification of PostgreSQL wakes it at once; polling makes
 * up for a lost one. The deliveries are written in the transaction that marks the event as relayed. So if a process
 * dies or Redis loses its jobs, the event is only late: the sweep queues overdue deliveries again.
 */
@Injectable()
export class EventRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private listener: Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopping = false;
  private running: Promise<void> | undefined;
  private wokenWhileRunning = false;

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly repository: EventsRepository,
    private readonly subscribers: Subscribers,
    private readonly logger: Logger,
    @InjectQueue(EVENTS_QUEUE) private readonly queue: Queue<Delivery>,
    @InjectQueue(OUTGOING_EVENTS_QUEUE) private readonly outgoingQueue: Queue<Delivery>,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      void this.listen();
      this.wake();
    }, POLL_MS);
    void this.listen();
    this.wake();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.listener?.end().catch(() => undefined);
    await this.running;
  }

  /** Starts a round; if one is running, another one follows it. */
  private wake(): void {
    if (this.stopping) return;
    if (this.running) {
      this.wokenWhileRunning = true;
      return;
    }
    this.running = this.round().finally(() => {
      this.running = undefined;
      if (this.wokenWhileRunning) {
        this.wokenWhileRunning = false;
        this.wake();
      }
    });
  }

  private async round(): Promise<void> {
    try {
      let relayed: number;
      do {
        relayed = await this.relayBatch();
      } while (relayed === BATCH && !this.stopping);
      let overdue: Delivery[];
      do {
        overdue = await this.database.asPlatform(() => this.repository.takeOverdue(BATCH));
        await this.enqueue(overdue);
      } while (overdue.length === BATCH && !this.stopping);
    } catch (error) {
      this.logger.warn({ err: error }, 'event relay failed; retrying');
    }
  }

  private async relayBatch(): Promise<number> {
    const { deliveries, count } = await this.database.asPlatform(async () => {
      const events = await this.repository.lockUnrelayed(BATCH);
      const deliveries = events.flatMap(({ id, type, organization_id }) =>
        this.subscribers
          .namesFor(type)
          .map((subscriber) => ({ eventId: id, subscriber, organizationId: organization_id })),
      );
      if (deliveries.length > 0) await this.repository.insertDeliveries(deliveries);
      if (events.length > 0) await this.repository.markRelayed(events.map(({ id }) => id));
      return { deliveries, count: events.length };
    });
    await this.enqueue(deliveries);
    return count;
  }

  private async enqueue(deliveries: Delivery[]): Promise<void> {
    const isOutgoing = ({ subscriber }: Delivery): boolean => this.subscribers.get(subscriber)?.isOutgoing ?? false;
    await add(this.outgoingQueue, deliveries.filter(isOutgoing));
    await add(
      this.queue,
      deliveries.filter((delivery) => !isOutgoing(delivery)),
    );
  }

  private async listen(): Promise<void> {
    if (this.listener || this.stopping) return;
    const client = new Client({
      connectionString: this.config.get('DATABASE_URL'),
      application_name: 'parlance relay',
    });
    this.listener = client;
    const drop = (): void => {
      if (this.listener === client) this.listener = undefined;
    };
    client.on('error', drop);
    client.on('end', drop);
    client.on('notification', () => this.wake());
    try {
      await client.connect();
      await client.query('LISTEN parlance_events');
    } catch {
      drop();
    }
  }
}

async function add(queue: Queue<Delivery>, deliveries: Delivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  await queue.addBulk(
    deliveries.map(({ eventId, subscriber }) => ({
      data: { eventId, subscriber },
      // The job id makes adding it twice harmless.
      opts: { jobId: `${eventId}:${subscriber}` },
    })),
  );
}
