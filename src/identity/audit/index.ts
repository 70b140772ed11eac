import { Module } from '@nestjs/common';
import { AuditChain } from './audit-chain.js';
import { AuditRepository } from './audit.repository.js';
import { Audit } from './audit.js';

export { AuditEntry } from './audit-entry.entity.js';
export { AuditHead } from './audit-head.entity.js';
export { actorOf, Audit, type AuditActor } from './audit.js';

@Module({ providers: [Audit, AuditChain, AuditRepository], exports: [Audit] })
export class AuditModule {}
