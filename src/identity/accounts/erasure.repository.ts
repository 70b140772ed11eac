import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';

export interface MembershipSeen {
  organizationId: string;
  name: string;
  isDeleted: boolean;
  /** Whether there are other members, and whether one of them is an active owner. */
  hasOthers: boolean;
  hasOtherOwner: boolean;
}

/** A person's data in the identity tables, in the platform scope. */
@Injectable()
export class ErasureRepository {
  constructor(private readonly database: Database) {}

  /** The organizations of a person. Their members cannot change until the transaction ends. */
  async lockMemberships(userId: string): Promise<MembershipSeen[]> {
    await this.database.query(
      `SELECT FROM organizations WHERE id IN (SELECT organization_id FROM memberships WHERE user_id = $1)
       ORDER BY id FOR NO KEY UPDATE`,
      [userId],
    );
    return this.database.query(
      `SELECT o.id AS "organizationId", o.name, o.deleted_at IS NOT NULL AS "isDeleted",
              EXISTS (SELECT FROM memberships other WHERE other.organization_id = o.id AND other.user_id <> $1) AS "hasOthers",
              EXISTS (SELECT FROM memberships other JOIN users u ON u.id = other.user_id
                      WHERE other.organization_id = o.id AND other.user_id <> $1
                        AND other.role = 'owner' AND u.is_active) AS "hasOtherOwner"
       FROM memberships mine JOIN organizations o ON o.id = mine.organization_id
       WHERE mine.user_id = $1 ORDER BY o.id`,
      [userId],
    );
  }

  /** Deletes data that identifies the person outside the rows deleted with the account. */
  async forget(userId: string, email: string): Promise<void> {
    await this.database.execute('DELETE FROM invitations WHERE email = $1', [email]);
    await this.database.execute('UPDATE api_keys SET last_used_ip = NULL WHERE created_by = $1', [userId]);
  }
}
