import { validate as isUuid } from 'uuid';
import { AuditVerification, type ChainReport } from '../../identity/audit/index.js';
import type { Application } from './application.js';
import type { OperatorOrganizations } from './organizations.js';

type OnProgress = (organizationId: string | null, entries: number) => void;

export class OperatorAudit {
  constructor(
    private readonly application: Application,
    private readonly organizations: OperatorOrganizations,
  ) {}

  /** Verifies all chains, or that of one organization. An id also works for a deleted organization and for a sandbox. */
  async *verify(reference: string | undefined, onProgress: OnProgress): AsyncGenerator<ChainReport> {
    const verification = this.application.get(AuditVerification);
    if (reference === undefined) {
      yield* verification.verifyAll(onProgress);
      return;
    }
    const id = isUuid(reference) ? reference : (await this.organizations.get(reference)).id;
    yield await verification.verify(id, onProgress);
  }
}
