import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { cursorId, smallestIdAt, toPage, type Page } from '../../platform/paging/index.js';
import type { Principal } from '../permissions/index.js';
import { AuditEntryDto, type ListAuditLogQuery } from './audit-log.dto.js';
import { AuditRepository } from './audit.repository.js';

/** The audit log as its organization reads it. */
@Injectable()
export class AuditLogService {
  constructor(
    private readonly database: Database,
    private readonly entries: AuditRepository,
  ) {}

  list({ organizationId }: Principal, query: ListAuditLogQuery): Promise<Page<AuditEntryDto>> {
    const cursor = cursorId(query);
    const until = query.until === undefined ? cursor : smallestIdAt(new Date(query.until));
    const filter = {
      action: query.action,
      actorId: query.actor_id,
      targetId: query.target_id,
      sinceId: smallestIdAt(new Date(query.since ?? 0)),
      beforeId: until < cursor ? until : cursor,
    };
    return this.database.pipelineAsTenant(organizationId, async () =>
      toPage(await this.entries.list(filter, query.limit), (entry) => AuditEntryDto.from(entry)),
    );
  }

  get({ organizationId }: Principal, id: string): Promise<AuditEntryDto> {
    return this.database.pipelineAsTenant(organizationId, async () => {
      const entry = await this.entries.find(id);
      if (!entry) throw notFound('Audit log entry', id);
      return AuditEntryDto.from(entry);
    });
  }
}
