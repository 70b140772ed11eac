import { Client, type ClientConfig, type Connection } from 'pg';
import { writeTogether } from '../sockets/index.js';
import { ReadBatch, type Question } from './read-batch.js';

/** Measurements: one connection is fastest. The second one is used when a slow query delays the first. */
const CONNECTIONS = 2;
/** A connection whose oldest batch waits longer than this is delayed by a slow query. */
const HELD_UP_MS = 20;
const RECONNECT_MS = 1_000;

type OpenClient = Client & { connection: Connection };

/** A connection that the reads of many requests share. Each request has a batch of its own. */
class ReadConnection {
  private client: OpenClient | undefined;
  private isReady = false;
  private mayConnectAt = 0;
  private prepared = new Set<string>();
  /** When each unanswered batch was sent, oldest first. */
  private readonly sentAt = new Set<{ at: number }>();

  constructor(private readonly config: ClientConfig) {}

  /** Number of batches before a new one; undefined if the new one should use another connection. */
  queueAt(now: number): number | undefined {
    if (!this.isReady) {
      this.connect(now);
      return undefined;
    }
    const [oldest] = this.sentAt;
    return oldest && now - oldest.at > HELD_UP_MS ? undefined : this.sentAt.size;
  }

  send(organizationId: string, questions: Question[], onError: () => void): void {
    const { client } = this;
    if (!client) {
      onError();
      return questions.forEach(({ reject }) => reject(new Error('The shared connection was replaced')));
    }
    // The batch is sent at the end of this turn of the event loop. Until then, no delay counts as PostgreSQL's.
    const sent = { at: Infinity };
    setImmediate(() => (sent.at = performance.now()));
    this.sentAt.add(sent);
    const batch = new ReadBatch(organizationId, questions, this.prepared, (error) => {
      this.sentAt.delete(sent);
      if (!error) return;
      onError();
      // It is unknown which statements PostgreSQL prepared before the error, so a new connection replaces this one.
      this.abandon();
    });
    writeTogether(client.connection.stream);
    client.query(batch);
  }

  async end(): Promise<void> {
    this.isReady = false;
    this.mayConnectAt = Infinity;
    await this.client?.end();
  }

  private connect(now: number): void {
    if (this.client || now < this.mayConnectAt) return;
    this.mayConnectAt = now + RECONNECT_MS;
    const client = (this.client = new Client(this.config) as OpenClient);
    client.on('error', () => this.abandon(client));
    client.connect().then(
      () => (this.isReady = this.client === client),
      () => this.abandon(client),
    );
  }

  /** Replaces the connection. Its running batches still get their results. */
  private abandon(client = this.client): void {
    if (!client || client !== this.client) return;
    this.client = undefined;
    this.isReady = false;
    this.prepared = new Set();
    this.sentAt.clear();
    client.end().catch(() => undefined);
  }
}

/** Sends queries of a tenant as one batch, and calls back if it fails. */
export type SendBatch = (organizationId: string, questions: Question[], onError: () => void) => void;

/** The connections that `pipelineAsTenant` shares among requests. They connect when first needed. */
export class ReadConnections {
  private readonly connections: ReadConnection[];

  constructor(config: ClientConfig) {
    this.connections = Array.from({ length: CONNECTIONS }, () => new ReadConnection(config));
  }

  /** A function that sends a batch on the least busy connection; undefined if all are unavailable or delayed. */
  find(): SendBatch | undefined {
    const now = performance.now();
    let best: { connection: ReadConnection; queue: number } | undefined;
    for (const connection of this.connections) {
      const queue = connection.queueAt(now);
      if (queue !== undefined && (!best || queue < best.queue)) best = { connection, queue };
    }
    const connection = best?.connection;
    return connection && ((organizationId, questions, onError) => connection.send(organizationId, questions, onError));
  }

  async end(): Promise<void> {
    await Promise.allSettled(this.connections.map((connection) => connection.end()));
  }
}
