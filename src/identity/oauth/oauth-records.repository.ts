import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { OAuthRecord } from './oauth-record.entity.js';

type NewRecord = Omit<OAuthRecord, 'consumedAt' | 'expiresAt'> & { lifetimeSeconds: number | null };

/** How many rows a sweep deletes in one transaction. */
const BATCH = 1_000;

/** Records of the protocol, read and written in the platform scope. */
@Injectable()
export class OAuthRecordsRepository {
  constructor(private readonly database: Database) {}

  /** Inserts or replaces a record. Whether it was consumed does not change. */
  async save(record: NewRecord): Promise<void> {
    await this.database.execute(
      `${INSERT} ON CONFLICT ON CONSTRAINT oauth_records_pkey DO UPDATE SET
         grant_id = excluded.grant_id, uid_hash = excluded.uid_hash, user_code_hash = excluded.user_code_hash,
         encrypted_payload = excluded.encrypted_payload, expires_at = excluded.expires_at`,
      valuesOf(record),
    );
  }

  /** False if there is a record with that id already, which stays as it is. */
  async insert(record: NewRecord): Promise<boolean> {
    return (await this.database.execute(INSERT_ONCE, valuesOf(record))) === 1;
  }

  /** The same, in one write with the COMMIT of the open transaction. */
  insertWithCommit(record: NewRecord): void {
    this.database.withCommit(INSERT_ONCE, valuesOf(record));
  }

  async find(kind: string, idHash: string): Promise<OAuthRecord | undefined> {
    const [record] = await this.database.select(OAuthRecord, 'WHERE kind = $1 AND id_hash = $2', [kind, idHash]);
    return record;
  }

  async findByUid(kind: string, uidHash: string): Promise<OAuthRecord | undefined> {
    const [record] = await this.database.select(OAuthRecord, 'WHERE kind = $1 AND uid_hash = $2', [kind, uidHash]);
    return record;
  }

  async findByUserCode(kind: string, userCodeHash: string): Promise<OAuthRecord | undefined> {
    const one = 'WHERE kind = $1 AND user_code_hash = $2';
    const [record] = await this.database.select(OAuthRecord, one, [kind, userCodeHash]);
    return record;
  }

  /** Marks a record as used. False if it was used already, or does not exist: of concurrent callers, one gets true. */
  async consume(kind: string, idHash: string): Promise<boolean> {
    const consumed = await this.database.execute(
      `UPDATE oauth_records SET consumed_at = clock_timestamp()
       WHERE kind = $1 AND id_hash = $2 AND consumed_at IS NULL`,
      [kind, idHash],
    );
    return consumed === 1;
  }

  async delete(kind: string, idHash: string): Promise<void> {
    await this.database.execute('DELETE FROM oauth_records WHERE kind = $1 AND id_hash = $2', [kind, idHash]);
  }

  async deleteOfGrant(kind: string, grantId: string): Promise<void> {
    await this.database.execute('DELETE FROM oauth_records WHERE kind = $1 AND grant_id = $2', [kind, grantId]);
  }

  /** Deletes some records that have expired; returns how many. */
  deleteExpired(): Promise<number> {
    return this.database.execute(
      `DELETE FROM oauth_records WHERE (kind, id_hash) IN (
         SELECT kind, id_hash FROM oauth_records WHERE expires_at < now() LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`,
    );
  }
}

const INSERT = `INSERT INTO oauth_records
  (kind, id_hash, grant_id, uid_hash, user_code_hash, encrypted_payload, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))`;

const INSERT_ONCE = `${INSERT} ON CONFLICT ON CONSTRAINT oauth_records_pkey DO NOTHING`;

const valuesOf = (record: NewRecord): unknown[] => [
  record.kind,
  record.idHash,
  record.grantId,
  record.uidHash,
  record.userCodeHash,
  record.encryptedPayload,
  record.lifetimeSeconds,
];
