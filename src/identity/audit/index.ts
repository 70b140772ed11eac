import { Module } from '@nestjs/common';
import { AuditChain } from './audit-chain.js';
import { AuditLogController } from './audit-log.controller.js';
import { AuditLogService } from './audit-log.service.js';
import { AuditVerification } from './audit-verification.js';
import { AuditRepository } from './audit.repository.js';
import { Audit } from './audit.js';

export { auditActions } from './audit-actions.js';
export { AuditEntry } from './audit-entry.entity.js';
export { AuditHead } from './audit-head.entity.js';
export { AuditVerification, type ChainReport } from './audit-verification.js';
export { actorOf, Audit, type AuditActor } from './audit.js';

@Module({
  controllers: [AuditLogController],
  providers: [Audit, AuditChain, AuditLogService, AuditRepository, AuditVerification],
  exports: [Audit, AuditVerification],
})
export class AuditModule {}
