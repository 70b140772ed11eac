import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import type { Role } from '../permissions/index.js';

export interface EndedInvitation {
  id: string;
  organizationId: string;
  role: Role;
}

/** Selects invitations; all given conditions must hold. */
export type InvitationFilter = ({ organizationId: string } | { invitedBy: string }) & {
  organizationId?: string;
  id?: string;
  invitedBy?: string;
  role?: Role;
};

const COLUMNS = [
  ['id', 'id'],
  ['organizationId', 'organization_id'],
  ['invitedBy', 'invited_by'],
  ['role', 'role'],
] as const;

/** Pending invitations; across organizations only in the platform scope. */
@Injectable()
export class OpenInvitationsRepository {
  constructor(private readonly database: Database) {}

  /** Includes expired invitations, because they could be sent again. */
  end(filter: InvitationFilter): Promise<EndedInvitation[]> {
    // One SQL text per set of columns, so that each uses its own index.
    const columns = COLUMNS.filter(([key]) => filter[key] !== undefined);
    const conditions = columns.map(([, column], index) => `${column} = $${index + 1}`);
    return this.database.query<EndedInvitation>(
      // Locked in one order, so that concurrent calls for the same invitations cannot deadlock.
      `WITH open AS MATERIALIZED (
         SELECT id FROM invitations WHERE ${['accepted_at IS NULL', 'revoked_at IS NULL', ...conditions].join(' AND ')}
         ORDER BY id FOR UPDATE)
       UPDATE invitations SET revoked_at = now() WHERE id IN (SELECT id FROM open)
       RETURNING id, organization_id AS "organizationId", role`,
      columns.map(([key]) => filter[key]),
    );
  }
}
