import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiPage, type Page } from '../../platform/paging/index.js';
import { Id } from '../../platform/validation/index.js';
import { Principal, RequireScopes } from '../permissions/index.js';
import { AuditEntryDto, ListAuditLogQuery } from './audit-log.dto.js';
import { AuditLogService } from './audit-log.service.js';

@ApiTags('Audit log')
@Controller('api/v1/audit-log')
export class AuditLogController {
  constructor(private readonly auditLog: AuditLogService) {}

  /**
   * List audit log entries
   *
   * Who did what, to which resource and from where, newest first.
   */
  @Get()
  @RequireScopes('audit:read')
  @ApiPage(AuditEntryDto)
  list(@Principal() principal: Principal, @Query() query: ListAuditLogQuery): Promise<Page<AuditEntryDto>> {
    return this.auditLog.list(principal, query);
  }

  /** Get an audit log entry */
  @Get(':id')
  @RequireScopes('audit:read')
  get(@Principal() principal: Principal, @Id('Audit log entry') id: string): Promise<AuditEntryDto> {
    return this.auditLog.get(principal, id);
  }
}
