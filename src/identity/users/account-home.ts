import { Injectable } from '@nestjs/common';
import { NIL } from 'uuid';
import { Database } from '../../platform/database/index.js';

/** The organization id of events that concern no organization. */
export const NO_ORGANIZATION = NIL;

/** Finds the organization whose log records what a person does with their account. */
@Injectable()
export class AccountHome {
  constructor(private readonly database: Database) {}

  /** The organization that the person joined first; null if they are in none. */
  async find(userId: string): Promise<string | null> {
    const [row] = await this.database.query<{ id: string }>(
      'SELECT organization_id AS id FROM memberships WHERE user_id = $1 ORDER BY created_at, organization_id LIMIT 1',
      [userId],
    );
    return row?.id ?? null;
  }
}
