import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { extendStatement, leaseUntil } from '../../platform/leases/index.js';
import type { Amounts, Limits, QuotaName, Reservation } from './quota.js';

/** Used, reserved and notified amounts of a budget in a month. */
export type Standing = Record<QuotaName, { used: number; reserved: number; notified: number }>;

type Row = Record<`${QuotaName}_${'used' | 'reserved' | 'notified'}`, number>;
type Work = Pick<Reservation, 'organizationId' | 'id' | 'month'>;

const COLUMNS = `tokens_used::float8, tokens_reserved::float8, tokens_notified, messages_used::float8, messages_reserved::float8,
  messages_notified, tasks_used::float8, tasks_reserved::float8, tasks_notified`;

const EXTEND = extendStatement('quota_reservations', { organization_id: 'uuid', id: 'uuid' });

/** Every statement locks the row of the month before a reservation, so that two cannot deadlock. */
@Injectable()
export class QuotasRepository {
  constructor(private readonly database: Database) {}

  /** Reserves amounts for this number of seconds if they fit into the limits; returns false otherwise. */
  async reserve(
    work: Work,
    { tokens, messages, tasks, tokensIfLost }: Amounts & { tokensIfLost: number },
    limits: Limits,
    seconds: number,
  ): Promise<boolean> {
    const reserved = await this.database.execute(
      `WITH month AS (
         INSERT INTO quota_months AS m (organization_id, month, tokens_reserved, messages_reserved, tasks_reserved)
         SELECT $1, $2, $4, $5, $6
         WHERE ($7::bigint IS NULL OR $4::bigint <= $7) AND ($8::bigint IS NULL OR $5::bigint <= $8)
           AND ($9::bigint IS NULL OR $6::bigint <= $9)
         ON CONFLICT (organization_id, month) DO UPDATE SET
           tokens_reserved = m.tokens_reserved + excluded.tokens_reserved,
           messages_reserved = m.messages_reserved + excluded.messages_reserved,
           tasks_reserved = m.tasks_reserved + excluded.tasks_reserved
         WHERE ($4::bigint = 0 OR $7::bigint IS NULL OR m.tokens_used + m.tokens_reserved + $4::bigint <= $7)
           AND ($5::bigint = 0 OR $8::bigint IS NULL OR m.messages_used + m.messages_reserved + $5::bigint <= $8)
           AND ($6::bigint = 0 OR $9::bigint IS NULL OR m.tasks_used + m.tasks_reserved + $6::bigint <= $9)
         RETURNING 1)
       INSERT INTO quota_reservations (organization_id, id, month, tokens, messages, tasks, lease_until, tokens_if_lost)
       SELECT $1, $3, $2, $4, $5, $6, ${leaseUntil('$10')}, $11 FROM month`,
      [
        work.organizationId,
        work.month,
        work.id,
        tokens,
        messages,
        tasks,
        limits.tokens,
        limits.messages,
        limits.tasks,
        seconds,
        tokensIfLost,
      ],
    );
    return reserved === 1;
  }

  /** Takes over a reservation of an earlier attempt at the work; undefined if there is none. */
  async takeOver({ organizationId, id }: Omit<Work, 'month'>, seconds: number): Promise<{ month: string } | undefined> {
    const [row] = await this.database.query<{ month: string }>(
      `UPDATE quota_reservations SET lease_until = ${leaseUntil('$3')}
       WHERE organization_id = $1 AND id = $2 RETURNING month::text AS month`,
      [organizationId, id, seconds],
    );
    return row;
  }

  /** The month that a reservation is of; undefined if there is none. */
  async findMonth({ organizationId, id }: Omit<Work, 'month'>): Promise<string | undefined> {
    const [row] = await this.database.query<{ month: string }>(
      'SELECT month::text AS month FROM quota_reservations WHERE organization_id = $1 AND id = $2',
      [organizationId, id],
    );
    return row?.month;
  }

  /** Counts the amounts used, and frees the reservation if it still exists. Returns the new totals. */
  async settle({ organizationId, id, month }: Work, { tokens, messages, tasks }: Amounts): Promise<Standing> {
    const [row] = await this.database.query<Row>(
      `WITH gone AS (
         DELETE FROM quota_reservations WHERE organization_id = $1 AND id = $3 RETURNING tokens, messages, tasks)
       INSERT INTO quota_months AS m (organization_id, month, tokens_used, messages_used, tasks_used)
       VALUES ($1, $2, $4, $5, $6)
       ON CONFLICT (organization_id, month) DO UPDATE SET
         tokens_used = m.tokens_used + excluded.tokens_used,
         messages_used = m.messages_used + excluded.messages_used,
         tasks_used = m.tasks_used + excluded.tasks_used,
         tokens_reserved = m.tokens_reserved - coalesce((SELECT tokens FROM gone), 0),
         messages_reserved = m.messages_reserved - coalesce((SELECT messages FROM gone), 0),
         tasks_reserved = m.tasks_reserved - coalesce((SELECT tasks FROM gone), 0)
       RETURNING ${COLUMNS}`,
      [organizationId, month, id, tokens, messages, tasks],
    );
    return standingOf(row);
  }

  /** Records that the event for this threshold was recorded. */
  async setNotified({ organizationId, month }: Work, name: QuotaName, percent: number): Promise<void> {
    await this.database.execute(SET_NOTIFIED[name], [organizationId, month, percent]);
  }

  async find(organizationId: string, month: string): Promise<Standing> {
    const [row] = await this.database.query<Row>(
      `SELECT ${COLUMNS} FROM quota_months WHERE organization_id = $1 AND month = $2`,
      [organizationId, month],
    );
    return standingOf(row);
  }

  /** Extends leases; returns the positions of the reservations that still exist. In the platform scope. */
  async extend(reservations: Omit<Work, 'month'>[], seconds: number): Promise<number[]> {
    const rows = await this.database.query<{ position: number }>(EXTEND, [
      seconds,
      reservations.map(({ organizationId }) => organizationId),
      reservations.map(({ id }) => id),
    ]);
    return rows.map(({ position }) => position);
  }

  /** Reservations whose lease has expired. In the platform scope. */
  findExpired(limit: number): Promise<Work[]> {
    return this.database.query<Work>(
      `SELECT organization_id AS "organizationId", id, month::text AS month FROM quota_reservations
       WHERE lease_until <= now() ORDER BY lease_until LIMIT $1`,
      [limit],
    );
  }

  /** Deletes the counts under these ids, unless an organization still uses them. In the platform scope. */
  async forget(ids: string[]): Promise<void> {
    for (const statement of FORGET) await this.database.execute(statement, [ids]);
  }

  /** Frees a reservation except for `tokens_if_lost`, if its lease is still expired. In the platform scope. */
  async expire({ organizationId, id, month }: Work): Promise<void> {
    await this.database.execute(
      `WITH gone AS (
         DELETE FROM quota_reservations WHERE organization_id = $1 AND id = $3 AND lease_until <= now()
         RETURNING tokens, messages, tasks, tokens_if_lost)
       INSERT INTO quota_months AS m (organization_id, month) VALUES ($1, $2)
       ON CONFLICT (organization_id, month) DO UPDATE SET
         tokens_used = m.tokens_used + coalesce((SELECT tokens_if_lost FROM gone), 0),
         tokens_reserved = m.tokens_reserved - coalesce((SELECT tokens FROM gone), 0),
         messages_reserved = m.messages_reserved - coalesce((SELECT messages FROM gone), 0),
         tasks_reserved = m.tasks_reserved - coalesce((SELECT tasks FROM gone), 0)`,
      [organizationId, month, id],
    );
  }
}

const FORGET = ['quota_reservations', 'quota_months'].map(
  (table) =>
    `DELETE FROM ${table} WHERE organization_id = ANY($1) AND NOT EXISTS (
       SELECT FROM organizations o WHERE o.id = ${table}.organization_id OR o.budget_id = ${table}.organization_id)`,
);

const SET_NOTIFIED: Record<QuotaName, string> = {
  tokens: 'UPDATE quota_months SET tokens_notified = $3 WHERE organization_id = $1 AND month = $2',
  messages: 'UPDATE quota_months SET messages_notified = $3 WHERE organization_id = $1 AND month = $2',
  tasks: 'UPDATE quota_months SET tasks_notified = $3 WHERE organization_id = $1 AND month = $2',
};

function standingOf(row: Row | undefined): Standing {
  const of = (name: QuotaName) => ({
    used: row?.[`${name}_used`] ?? 0,
    reserved: row?.[`${name}_reserved`] ?? 0,
    notified: row?.[`${name}_notified`] ?? 0,
  });
  return { tokens: of('tokens'), messages: of('messages'), tasks: of('tasks') };
}
