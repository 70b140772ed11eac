import { Injectable } from '@nestjs/common';
import { NIL, validate as isUuid } from 'uuid';
import { Database } from '../../platform/database/index.js';
import { errorCodes, errorTable, notFound } from '../../platform/errors/index.js';
import type { Principal } from '../../identity/permissions/index.js';
import { isRequestId } from '../../platform/http/index.js';
import { cursorId, madeAt, toPage, type Page } from '../../platform/paging/index.js';
import { RequestLogDto, RequestLogWithBodiesDto, type ListRequestLogsQuery } from './request-logs.dto.js';
import { RequestLogsRepository, type RequestLogFilter, type Span } from './request-logs.repository.js';

/** The clocks of other processes may be ahead. */
const TOMORROW_MS = 24 * 60 * 60_000;

const STATUSES = [
  ...new Set([200, 201, 202, 204, 302, 303, 304, 499, ...errorCodes.map((code) => errorTable[code].status)]),
];

/** The request log of an organization. */
@Injectable()
export class RequestLogsService {
  constructor(
    private readonly database: Database,
    private readonly entries: RequestLogsRepository,
  ) {}

  list({ organizationId }: Principal, query: ListRequestLogsQuery): Promise<Page<RequestLogDto>> {
    const [filter, span] = [filterOf(query), spanOf(query)];
    return this.database.pipelineAsTenant(organizationId, async () =>
      toPage(await this.entries.list(filter, span, query.limit), (entry) => RequestLogDto.from(entry)),
    );
  }

  /** @param id id of the request, or of the entry */
  get({ organizationId }: Principal, id: string): Promise<RequestLogWithBodiesDto> {
    if (!isRequestId(id)) throw notFound('Request log entry', id);
    return this.database.asTenant(organizationId, async () => {
      const entry =
        (isUuid(id) && (await this.entries.findById(id.toLowerCase()))) || (await this.entries.findByRequestId(id));
      if (!entry) throw notFound('Request log entry', id);
      return RequestLogWithBodiesDto.from(entry);
    });
  }
}

function filterOf({ request_id: id, credential_id: credential, ...query }: ListRequestLogsQuery): RequestLogFilter {
  const { route, status, method } = query;
  return {
    ...(id !== undefined && { request_id: [id] }),
    ...(credential !== undefined && { credential_id: [credential] }),
    ...(route !== undefined && { route: [route] }),
    ...(status !== undefined && { status: statusesOf(status) }),
    ...(method !== undefined && { method: [method] }),
  };
}

/** `4xx`: every status of that class that this server returns. */
const statusesOf = (status: string): number[] =>
  status.endsWith('xx') ? STATUSES.filter((known) => String(known)[0] === status[0]) : [Number(status)];

function spanOf(query: ListRequestLogsQuery): Span {
  const cursor = cursorId(query);
  const since = new Date(query.since ?? 0);
  const until = new Date(query.until ?? Date.now() + TOMORROW_MS);
  const before = madeAt(cursor) < until ? { at: madeAt(cursor), id: cursor } : { at: until, id: NIL };
  return { before, since };
}
