import { Injectable } from '@nestjs/common';
import { Database, isDivisionByZero } from '../database/index.js';
import { extendStatement, leaseUntil } from '../leases/index.js';
import { IdempotencyRecord } from './idempotency-record.entity.js';

/** Identifies a request: organization, key and fingerprint. */
export interface RequestIdentity {
  organizationId: string;
  key: string;
  fingerprint: string;
}

/** A request that a process works on for longer than a transaction. */
export interface Lease {
  request: RequestIdentity;
  holder: string;
}

export interface StoredAnswer {
  status: number;
  headers: Record<string, string>;
  encryptedBody: string;
}

const EXTEND = extendStatement('idempotency_records', { organization_id: 'uuid', key: 'text', holder: 'uuid' });

/** The stored requests, in the platform scope. */
@Injectable()
export class IdempotencyRepository {
  constructor(private readonly database: Database) {}

  /** Locks the key against other transactions until this one ends; false if another one holds it. */
  async lock({ organizationId, key }: RequestIdentity): Promise<boolean> {
    const [row] = await this.database.query<{ locked: boolean }>(
      'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 20)) AS locked',
      [`${organizationId} ${key}`],
    );
    return row?.locked === true;
  }

  async find({ organizationId, key }: RequestIdentity): Promise<IdempotencyRecord | undefined> {
    const [record] = await this.database.select(
      IdempotencyRecord,
      'WHERE organization_id = $1 AND key = $2 AND expires_at > now()',
      [organizationId, key],
    );
    return record;
  }

  /**
   * Stores a request with its response, together with the COMMIT of its work.
   * @param inProgress error if a process works on the request under a lease; the work is rolled back
   */
  insertAnswered(
    { organizationId, key, fingerprint }: RequestIdentity,
    answer: StoredAnswer,
    inProgress: () => Error,
  ): void {
    this.database.withCommit(
      `WITH stored AS (INSERT INTO idempotency_records AS r
         (organization_id, key, fingerprint, status, headers, encrypted_body, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, now() + interval '24 hours')
       ON CONFLICT (organization_id, key) DO UPDATE SET
         fingerprint = excluded.fingerprint, holder = NULL, lease_until = NULL, progress = NULL, status = excluded.status,
         headers = excluded.headers, encrypted_body = excluded.encrypted_body, created_at = now(),
         expires_at = excluded.expires_at
       WHERE r.expires_at <= now() OR (r.status IS NULL AND r.lease_until <= now())
       RETURNING 1)
       SELECT 1 / count(*) FROM stored`,
      [organizationId, key, fingerprint, answer.status, answer.headers, answer.encryptedBody],
      // The statement divides by the number of stored rows.
      (error) => (isDivisionByZero(error) ? inProgress() : error),
    );
  }

  /**
   * Locks a request that was started, whose lease has expired and that no open transaction works on. False if there is
   * none.
   */
  async lockAbandoned({ organizationId, key }: RequestIdentity): Promise<boolean> {
    const rows = await this.database.query(
      `SELECT FROM idempotency_records WHERE organization_id = $1 AND key = $2 AND lease_until <= now()
       FOR UPDATE SKIP LOCKED`,
      [organizationId, key],
    );
    return rows.length === 1;
  }

  /**
   * Claims a request for this number of seconds: a new one, or an abandoned one that is locked. Returns its saved
   * progress.
   */
  async claim(
    { request: { organizationId, key, fingerprint }, holder }: Lease,
    seconds: number,
  ): Promise<object | null> {
    const [row] = await this.database.query<{ progress: object | null }>(
      `INSERT INTO idempotency_records AS r (organization_id, key, fingerprint, holder, lease_until, expires_at)
       VALUES ($1, $2, $3, $4, ${leaseUntil('$5')}, now() + interval '24 hours')
       ON CONFLICT (organization_id, key) DO UPDATE SET
         holder = excluded.holder, lease_until = excluded.lease_until, fingerprint = excluded.fingerprint,
         progress = CASE WHEN r.expires_at > now() THEN r.progress END, status = NULL, headers = NULL, encrypted_body = NULL,
         created_at = CASE WHEN r.expires_at > now() THEN r.created_at ELSE now() END, expires_at = excluded.expires_at
       RETURNING progress`,
      [organizationId, key, fingerprint, holder, seconds],
    );
    return row?.progress ?? null;
  }

  /**
   * Whether the holder still has the request. If so, no other process takes it over before this transaction ends, or
   * within this number of seconds.
   */
  async confirm({ request, holder }: Lease, seconds: number): Promise<boolean> {
    const confirmed = await this.database.execute(
      `UPDATE idempotency_records SET lease_until = ${leaseUntil('$4')}
       WHERE organization_id = $1 AND key = $2 AND holder = $3`,
      [request.organizationId, request.key, holder, seconds],
    );
    return confirmed === 1;
  }

  /** Returns the positions of the leases that are still held. */
  async extend(leases: Lease[], seconds: number): Promise<number[]> {
    const rows = await this.database.query<{ position: number }>(EXTEND, [
      seconds,
      leases.map(({ request }) => request.organizationId),
      leases.map(({ request }) => request.key),
      leases.map(({ holder }) => holder),
    ]);
    return rows.map(({ position }) => position);
  }

  async setProgress({ request: { organizationId, key }, holder }: Lease, progress: object): Promise<boolean> {
    const changed = await this.database.execute(
      'UPDATE idempotency_records SET progress = $4 WHERE organization_id = $1 AND key = $2 AND holder = $3',
      [organizationId, key, holder, progress],
    );
    return changed === 1;
  }

  async finish({ request: { organizationId, key }, holder }: Lease, answer: StoredAnswer): Promise<boolean> {
    const changed = await this.database.execute(
      `UPDATE idempotency_records SET status = $4, headers = $5, encrypted_body = $6, holder = NULL, lease_until = NULL
       WHERE organization_id = $1 AND key = $2 AND holder = $3`,
      [organizationId, key, holder, answer.status, answer.headers, answer.encryptedBody],
    );
    return changed === 1;
  }

  /** Releases the request. Without progress it is deleted; otherwise it can be taken over at once. */
  async giveUp({ request: { organizationId, key }, holder }: Lease): Promise<void> {
    await this.database.execute(
      `DELETE FROM idempotency_records WHERE organization_id = $1 AND key = $2 AND holder = $3 AND progress IS NULL`,
      [organizationId, key, holder],
    );
    await this.database.execute(
      `UPDATE idempotency_records SET holder = NULL, lease_until = now()
       WHERE organization_id = $1 AND key = $2 AND holder = $3`,
      [organizationId, key, holder],
    );
  }

  deleteExpired(limit: number): Promise<number> {
    return this.database.execute(
      `DELETE FROM idempotency_records WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM idempotency_records WHERE expires_at <= now() LIMIT $1 FOR UPDATE SKIP LOCKED))`,
      [limit],
    );
  }
}
