import { Injectable } from '@nestjs/common';
import { Database, type FoundPage } from '../../platform/database/index.js';
import { Notification } from './notification.entity.js';

/** Whose notifications: a person sees their own and the organization's, a program the organization's. */
const VISIBLE = '(user_id IS NULL OR user_id = $1)';

@Injectable()
export class NotificationsRepository {
  constructor(private readonly database: Database) {}

  async insert(notification: Omit<Notification, 'createdAt' | 'readAt'>): Promise<void> {
    await this.database.manager.insert(Notification, notification);
  }

  list(userId: string | undefined, limit: number, beforeId: string): Promise<FoundPage<Notification>> {
    const page = `WHERE ${VISIBLE} AND id < $2 ORDER BY id DESC`;
    return this.database.selectPage(Notification, page, [userId ?? null, beforeId], limit);
  }

  async count(userId: string | undefined): Promise<{ total: number; unread: number }> {
    const [counts] = await this.database.query<{ total: number; unread: number }>(
      `SELECT count(*)::int AS total, count(*) FILTER (WHERE read_at IS NULL)::int AS unread
       FROM notifications WHERE ${VISIBLE}`,
      [userId ?? null],
    );
    return counts ?? { total: 0, unread: 0 };
  }

  /** Marks these as read, or all; returns how many were unread until now. */
  markRead(userId: string | undefined, ids: string[] | undefined): Promise<number> {
    return this.database.execute(
      `UPDATE notifications SET read_at = now() WHERE ${VISIBLE} AND read_at IS NULL AND ($2::uuid[] IS NULL OR id = ANY($2))`,
      [userId ?? null, ids ?? null],
    );
  }
}
