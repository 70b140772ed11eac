import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { Database, isUniqueViolation, type FoundPage } from '../../platform/database/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { Invitation } from './invitation.entity.js';

const PENDING = 'accepted_at IS NULL AND revoked_at IS NULL';

@Injectable()
export class InvitationsRepository {
  constructor(private readonly database: Database) {}

  /** @throws ApiError CONFLICT when that address has an open invitation, including one created concurrently */
  async insert(
    invitation: Pick<Invitation, 'id' | 'organizationId' | 'email' | 'role' | 'invitedBy' | 'expiresAt'>,
  ): Promise<Invitation> {
    await this.database.execute(
      `UPDATE invitations SET revoked_at = now() WHERE email = $1 AND ${PENDING} AND expires_at <= now()`,
      [invitation.email],
    );
    try {
      await this.database.manager.insert(Invitation, invitation);
    } catch (error) {
      if (!isUniqueViolation(error, 'invitations_open')) throw error;
      throw new ApiError('CONFLICT', {
        detail: 'This email address already has an open invitation. Resend it, or revoke it first.',
      });
    }
    return this.database.manager.findOneByOrFail(Invitation, { id: invitation.id });
  }

  /** Pending and expired invitations, newest first. */
  list(limit: number, beforeId: string): Promise<FoundPage<Invitation>> {
    const page = `WHERE ${PENDING} AND id < $1 ORDER BY id DESC`;
    return this.database.selectPage(Invitation, page, [beforeId], limit);
  }

  find(id: string): Promise<Invitation | null> {
    return this.database.manager.findOneBy(Invitation, { id });
  }

  findPending(id: string): Promise<Invitation | null> {
    return this.database.manager.findOneBy(Invitation, { id, acceptedAt: IsNull(), revokedAt: IsNull() });
  }

  /** False if it has been accepted or revoked. */
  async extend(id: string, expiresAt: Date): Promise<boolean> {
    const sql = `UPDATE invitations SET expires_at = $2 WHERE id = $1 AND ${PENDING}`;
    return (await this.database.execute(sql, [id, expiresAt])) === 1;
  }

  /** False if it is no longer open: only the first acceptance succeeds. */
  async accept(id: string): Promise<boolean> {
    const sql = `UPDATE invitations SET accepted_at = now() WHERE id = $1 AND ${PENDING} AND expires_at > now()`;
    return (await this.database.execute(sql, [id])) === 1;
  }
}
