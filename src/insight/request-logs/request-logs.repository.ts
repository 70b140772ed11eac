import { Injectable } from '@nestjs/common';
import { NIL } from 'uuid';
import {
  Database,
  storableBigint,
  storableInteger,
  storableText,
  type FoundPage,
} from '../../platform/database/index.js';
import { madeAt } from '../../platform/paging/index.js';
import type { RequestLogEntry } from './request-log-entry.entity.js';

/** A row to insert, with the names of its columns. */
export interface NewEntry {
  organization_id: string;
  created_at: Date;
  id: string;
  request_id: string;
  method: string;
  route: string;
  path: string;
  status: number;
  error_code: string | null;
  duration_ms: number;
  request_bytes: number;
  response_bytes: number;
  principal_kind: string;
  credential_id: string;
  user_id: string | null;
  ip: string | null;
  user_agent: string | null;
  api_version: string | null;
  request_body: string | null;
  response_body: string | null;
}

const MAX_CHARACTERS = { request_id: 128, path: 2_048, user_agent: 500, body: 16_384, other: 255 };

/** The row with every value cut to the range of its column, so that any entry can be written. */
export function storable(entry: NewEntry): NewEntry {
  const text = (value: string, max = MAX_CHARACTERS.other): string => storableText(value, max);
  const optional = (value: string | null, max?: number): string | null => (value === null ? null : text(value, max));
  return {
    ...entry,
    request_id: text(entry.request_id, MAX_CHARACTERS.request_id),
    method: text(entry.method),
    route: text(entry.route),
    path: text(entry.path, MAX_CHARACTERS.path),
    status: storableInteger(entry.status),
    error_code: optional(entry.error_code),
    duration_ms: Number.isFinite(entry.duration_ms) ? entry.duration_ms : 0,
    request_bytes: storableInteger(entry.request_bytes),
    response_bytes: storableBigint(entry.response_bytes),
    ip: optional(entry.ip),
    user_agent: optional(entry.user_agent, MAX_CHARACTERS.user_agent),
    api_version: optional(entry.api_version),
    request_body: optional(entry.request_body, MAX_CHARACTERS.body),
    response_body: optional(entry.response_body, MAX_CHARACTERS.body),
  };
}

/** The filters with their types, narrowest first. Each has its own index, see `list`. */
const FILTERS = {
  request_id: 'text',
  credential_id: 'uuid',
  route: 'text',
  status: 'integer',
  method: 'text',
} as const;

export type RequestLogFilter = { [Column in keyof typeof FILTERS]?: unknown[] };

/** Entries before a time, or at that time and before the id; none older than `since`. */
export interface Span {
  before: { at: Date; id: string };
  since: Date;
}

export type ListedEntry = Omit<RequestLogEntry, 'requestBody' | 'responseBody' | 'organizationId'>;

const LISTED = `id, created_at AS "createdAt", request_id AS "requestId", method, route, path, status,
  error_code AS "errorCode", duration_ms AS "durationMs", request_bytes AS "requestBytes", response_bytes AS "responseBytes",
  principal_kind AS "principalKind", credential_id AS "credentialId", user_id AS "userId", ip, user_agent AS "userAgent",
  api_version AS "apiVersion"`;
const WHOLE = `${LISTED}, request_body AS "requestBody", response_body AS "responseBody"`;

@Injectable()
export class RequestLogsRepository {
  constructor(private readonly database: Database) {}

  /**
   * Writes entries; repeating a write adds nothing. Entries of a deleted organization are omitted, and those of a deleted person
   * lose their personal data. Both are locked until the transaction ends, organizations first as in a deletion, so that no
   * concurrent deletion is missed.
   */
  async insert(entries: NewEntry[]): Promise<void> {
    const held = async (sql: string, ids: string[]): Promise<string[]> =>
      (await this.database.query<{ id: string }>(sql, [ids])).map(({ id }) => id);
    const homes = await held(
      'SELECT id FROM organizations WHERE id = ANY($1) ORDER BY id FOR KEY SHARE',
      unique(entries, 'organization_id'),
    );
    const people = await held(
      'SELECT id FROM users WHERE id = ANY($1) ORDER BY id FOR KEY SHARE',
      unique(entries, 'user_id'),
    );
    await this.database.execute(
      `INSERT INTO request_logs (
         organization_id, created_at, id, request_id, method, route, path, status, error_code, duration_ms, request_bytes,
         response_bytes, principal_kind, credential_id, api_version, user_id, ip, user_agent, request_body, response_body)
       SELECT organization_id, created_at, id, request_id, method, route, path, status, error_code, duration_ms, request_bytes,
         response_bytes, principal_kind, credential_id, api_version, CASE WHEN is_there THEN user_id END,
         CASE WHEN is_there THEN ip END, CASE WHEN is_there THEN user_agent END, CASE WHEN is_there THEN request_body END,
         CASE WHEN is_there THEN response_body END
       FROM json_to_recordset($1) AS new (
         organization_id uuid, created_at timestamptz, id uuid, request_id text, method text, route text, path text,
         status integer, error_code text, duration_ms float8, request_bytes integer, response_bytes bigint,
         principal_kind text, credential_id uuid, user_id uuid, ip text, user_agent text, api_version text,
         request_body text, response_body text)
       CROSS JOIN LATERAL (SELECT user_id IS NULL OR user_id = ANY($3::uuid[])) AS person (is_there)
       WHERE organization_id = ANY($2::uuid[])
       ON CONFLICT DO NOTHING`,
      [JSON.stringify(entries), homes, people],
    );
  }

  /** Creates the partition for the entries of that day (UTC), unless it exists. */
  async makePartition(day: string): Promise<void> {
    await this.database.query('SELECT make_request_log_partition($1)', [day]);
  }

  /** Drops the oldest partition if all its entries are from before that day (UTC); returns false if there is none to drop. */
  async dropPartition(firstKept: string): Promise<boolean> {
    const [row] = await this.database.query<{ dropped: boolean }>('SELECT drop_request_log_partition($1) AS dropped', [
      firstKept,
    ]);
    return row?.dropped === true;
  }

  /** Newest first. */
  list(filter: RequestLogFilter, { before, since }: Span, limit: number): Promise<FoundPage<ListedEntry>> {
    const parameters: unknown[] = [before.at, before.id, since, limit + 1];
    // The SQL depends only on which filters are set, so each combination is prepared once.
    const [narrowest, ...others] = Object.entries(FILTERS)
      .filter(([column]) => filter[column as keyof RequestLogFilter] !== undefined)
      .map(([column, type]) => {
        const values = `$${parameters.push(filter[column as keyof RequestLogFilter])}::${type}[]`;
        return { column, values };
      });
    // These bounds let PostgreSQL skip the partitions of other days.
    const days = 'created_at <= $1 AND created_at >= $3';
    const rest = others.map(({ column, values }) => `AND ${column} = ANY(${values})`).join(' ');
    if (!narrowest) {
      return this.database.queryPage(
        `SELECT ${LISTED} FROM request_logs WHERE ${days} AND (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC`,
        parameters.slice(0, 3),
        limit,
      );
    }
    // One page for each value, and of these the newest. Bounds and order by column, time and id leave PostgreSQL only this index:
    // with `column = value` it may scan all entries from the newest to find a value that last occurred long ago.
    const { column, values } = narrowest;
    return this.database.queryPage(
      `SELECT found.* FROM unnest(${values}) AS wanted (value) CROSS JOIN LATERAL (
         SELECT ${LISTED} FROM request_logs
         WHERE ${days} AND (${column}, created_at, id) < (wanted.value, $1, $2)
           AND (${column}, created_at, id) >= (wanted.value, $3, '${NIL}'::uuid) ${rest}
         ORDER BY ${column} DESC, created_at DESC, id DESC LIMIT $4
       ) AS found ORDER BY "createdAt" DESC, id DESC`,
      parameters,
      limit,
    );
  }

  async findById(id: string): Promise<RequestLogEntry | undefined> {
    const [entry] = await this.database.query<RequestLogEntry>(
      `SELECT ${WHOLE} FROM request_logs WHERE created_at = $1 AND id = $2`,
      [madeAt(id), id],
    );
    return entry;
  }

  /** The newest entry with that id: a caller may reuse an id for several calls. */
  async findByRequestId(requestId: string): Promise<RequestLogEntry | undefined> {
    const [entry] = await this.database.query<RequestLogEntry>(
      `SELECT ${WHOLE} FROM request_logs WHERE request_id = $1 ORDER BY request_id DESC, created_at DESC, id DESC LIMIT 1`,
      [requestId],
    );
    return entry;
  }

  /** Removes the personal data from the calls of a person. */
  async erasePerson(userId: string): Promise<void> {
    await this.database.execute(
      `UPDATE request_logs SET user_id = NULL, ip = NULL, user_agent = NULL, request_body = NULL, response_body = NULL
       WHERE user_id = $1`,
      [userId],
    );
  }

  async deleteOf(organizationIds: string[]): Promise<void> {
    await this.database.execute('DELETE FROM request_logs WHERE organization_id = ANY($1)', [organizationIds]);
  }
}

const unique = (entries: NewEntry[], column: 'organization_id' | 'user_id'): string[] => [
  ...new Set(entries.map((entry) => entry[column]).filter((id) => id !== null)),
];
