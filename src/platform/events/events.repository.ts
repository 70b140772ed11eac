import { Injectable } from '@nestjs/common';
import { Database } from '../database/index.js';
import { Event } from './event.entity.js';

export interface Delivery {
  eventId: string;
  subscriber: string;
}

@Injectable()
export class EventsRepository {
  constructor(private readonly database: Database) {}

  async insert(event: Omit<Event, 'createdAt' | 'relayedAt'>): Promise<void> {
    // PostgreSQL sends the notification at COMMIT.
    await this.database.query(
      `WITH recorded AS (
         INSERT INTO events (id, organization_id, type, subject, payload, request_id) VALUES ($1, $2, $3, $4, $5, $6)
       )
       SELECT pg_notify('parlance_events', '')`,
      [event.id, event.organizationId, event.type, event.subject, event.payload, event.requestId],
    );
  }

  async find(id: string): Promise<Event | undefined> {
    const [event] = await this.database.select(Event, 'WHERE id = $1', [id]);
    return event;
  }

  /** Locks the oldest events that no relay has taken yet. */
  lockUnrelayed(limit: number): Promise<{ id: string; type: string; organization_id: string }[]> {
    return this.database.query(
      `SELECT id, type, organization_id FROM events
       WHERE relayed_at IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED`,
      [limit],
    );
  }

  async markRelayed(ids: string[]): Promise<void> {
    await this.database.execute(`UPDATE events SET relayed_at = now() WHERE id = ANY($1)`, [ids]);
  }

  async insertDeliveries(deliveries: (Delivery & { organizationId: string })[]): Promise<void> {
    await this.database.query(
      `INSERT INTO event_deliveries (event_id, subscriber, organization_id, due_at)
       SELECT *, now() + interval '10 seconds' FROM unnest($1::uuid[], $2::text[], $3::uuid[])
       ON CONFLICT DO NOTHING`,
      [
        deliveries.map(({ eventId }) => eventId),
        deliveries.map(({ subscriber }) => subscriber),
        deliveries.map(({ organizationId }) => organizationId),
      ],
    );
  }

  /** Deliveries whose job may be lost. Each call increases their interval, up to an hour. */
  takeOverdue(limit: number): Promise<Delivery[]> {
    return this.database.query(
      `WITH overdue AS (
         SELECT event_id, subscriber FROM event_deliveries
         WHERE completed_at IS NULL AND due_at < now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
       ), taken AS (
         UPDATE event_deliveries d SET due_at = now() + least(interval '10 seconds' * 2 ^ least(attempts, 10), interval '1 hour')
         FROM overdue o WHERE d.event_id = o.event_id AND d.subscriber = o.subscriber
         RETURNING d.event_id AS "eventId", d.subscriber
       ) SELECT * FROM taken`,
      [limit],
    );
  }

  /** Marks a delivery as completed in the open transaction; false if it is already completed. */
  async complete({ eventId, subscriber }: Delivery): Promise<boolean> {
    const changed = await this.database.execute(
      `UPDATE event_deliveries SET completed_at = now(), attempts = attempts + 1, last_error = NULL
       WHERE event_id = $1 AND subscriber = $2 AND completed_at IS NULL`,
      [eventId, subscriber],
    );
    return changed === 1;
  }

  async isOpen({ eventId, subscriber }: Delivery): Promise<boolean> {
    const rows = await this.database.query(
      `SELECT 1 FROM event_deliveries WHERE event_id = $1 AND subscriber = $2 AND completed_at IS NULL`,
      [eventId, subscriber],
    );
    return rows.length === 1;
  }

  /** The order of ids is the order of creation. */
  async countInHourBefore(eventId: string, personId: string, types: string[]): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM events
       WHERE payload->>'user_id' IS NOT NULL AND payload->>'user_id' = $2 AND type = ANY($3) AND id < $1
         AND created_at > (SELECT created_at - interval '1 hour' FROM events WHERE id = $1)`,
      [eventId, personId, types],
    );
    return row?.count ?? 0;
  }

  async forget(personId: string): Promise<void> {
    await this.database.execute(
      `UPDATE events SET payload = payload - '{email,name,ip,user_agent}'::text[]
       WHERE payload->>'user_id' = $1`,
      [personId],
    );
  }

  async fail({ eventId, subscriber }: Delivery, error: string): Promise<void> {
    await this.database.execute(
      `UPDATE event_deliveries SET attempts = attempts + 1, last_error = $3 WHERE event_id = $1 AND subscriber = $2`,
      [eventId, subscriber, error.slice(0, 500)],
    );
  }
}
