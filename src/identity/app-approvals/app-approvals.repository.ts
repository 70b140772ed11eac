import { Injectable } from '@nestjs/common';
import { Database, type FoundPage } from '../../platform/database/index.js';
import { newId } from '../../platform/ids/index.js';
import { AppApproval, type AppInOrganization, type ApprovalStatus } from './app-approval.entity.js';

@Injectable()
export class AppApprovalsRepository {
  constructor(private readonly database: Database) {}

  list(limit: number, beforeId: string, status?: ApprovalStatus): Promise<FoundPage<AppApproval>> {
    return status === undefined
      ? this.database.selectPage(AppApproval, 'WHERE id < $1 ORDER BY id DESC', [beforeId], limit)
      : this.database.selectPage(
          AppApproval,
          'WHERE id < $1 AND status = $2 ORDER BY id DESC',
          [beforeId, status],
          limit,
        );
  }

  async find(id: string): Promise<AppApproval | undefined> {
    const [found] = await this.database.select(AppApproval, 'WHERE id = $1', [id]);
    return found;
  }

  /** Nobody else can decide about it until the transaction ends. */
  async findLocked(id: string): Promise<AppApproval | undefined> {
    const [found] = await this.database.select(AppApproval, 'WHERE id = $1 FOR UPDATE', [id]);
    return found;
  }

  findIn(organizationIds: string[], clientId: string): Promise<AppApproval[]> {
    const those = 'WHERE client_id = $1 AND organization_id = ANY($2)';
    return this.database.select(AppApproval, those, [clientId, organizationIds]);
  }

  async findLockedIn(organizationId: string, clientId: string): Promise<AppApproval | undefined> {
    const one = 'WHERE organization_id = $1 AND client_id = $2 FOR UPDATE';
    const [found] = await this.database.select(AppApproval, one, [organizationId, clientId]);
    return found;
  }

  /** The approval of an app, locked; a new one, which says nothing yet, if there was none. */
  async getLockedOrNew(app: AppInOrganization): Promise<AppApproval> {
    const { organizationId, clientId, applicationId, clientName, clientUrl } = app;
    await this.database.execute(
      `INSERT INTO app_approvals (id, organization_id, client_id, application_id, client_name, client_url, status)
       VALUES ($1, $2, $3, $4, $5, $6, 'pending') ON CONFLICT (organization_id, client_id) DO NOTHING`,
      [newId(), organizationId, clientId, applicationId, clientName, clientUrl],
    );
    return (await this.findLockedIn(organizationId, clientId)) as AppApproval;
  }

  /** How many apps the person has asked for about which nobody has decided. */
  async countAskedBy(organizationId: string, userId: string): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM app_approvals
       WHERE organization_id = $1 AND status = 'pending' AND $2 = ANY(requested_by)`,
      [organizationId, userId],
    );
    return row?.count ?? 0;
  }

  async update(approval: AppApproval, change: Partial<AppApproval>): Promise<AppApproval> {
    await this.database.manager.update(AppApproval, { id: approval.id }, change);
    return { ...approval, ...change };
  }

  async delete(id: string): Promise<void> {
    await this.database.execute('DELETE FROM app_approvals WHERE id = $1', [id]);
  }
}
