import { Injectable } from '@nestjs/common';
import { Database, type FoundPage } from '../../platform/database/index.js';
import { Notification } from './notification.entity.js';

/** A notification as one reader sees it. */
export type ReadableNotification = Pick<Notification, 'id' | 'type' | 'title' | 'message' | 'data' | 'createdAt'> & {
  isRead: boolean;
};

/**
 * The reader, as $1: a person, who sees their own notifications and the organization's, or null for a program, which sees only
 * the organization's. Each person has their own read state. The programs of an organization share one, so that a key continues
 * where the previous one stopped. What existed before a person joined counts as read.
 */
const READER = '$1::uuid';
const VISIBLE = `(n.user_id IS NULL OR n.user_id = ${READER})`;
const IS_READ = `(n.read_at IS NOT NULL OR n.user_id IS NULL AND CASE WHEN ${READER} IS NULL
  THEN n.read_by_programs_at IS NOT NULL
  ELSE n.created_at < (SELECT m.created_at FROM memberships m WHERE m.user_id = ${READER})
    OR EXISTS (SELECT FROM notification_reads r
               WHERE r.organization_id = n.organization_id AND r.user_id = ${READER} AND r.notification_id = n.id)
  END)`;
const TO_MARK = `${VISIBLE} AND NOT coalesce(${IS_READ}, false) AND ($2::uuid[] IS NULL OR n.id = ANY($2))`;

@Injectable()
export class NotificationsRepository {
  constructor(private readonly database: Database) {}

  async insert(notification: Omit<Notification, 'createdAt' | 'readAt' | 'readByProgramsAt'>): Promise<void> {
    await this.database.manager.insert(Notification, notification);
  }

  list(userId: string | undefined, limit: number, beforeId: string): Promise<FoundPage<ReadableNotification>> {
    return this.database.queryPage(
      `SELECT n.id, n.type, n.title, n.message, n.data, n.created_at AS "createdAt", coalesce(${IS_READ}, false) AS "isRead"
       FROM notifications n WHERE ${VISIBLE} AND n.id < $2 ORDER BY n.id DESC`,
      [userId ?? null, beforeId],
      limit,
    );
  }

  async count(userId: string | undefined): Promise<{ total: number; unread: number }> {
    const [counts] = await this.database.query<{ total: number; unread: number }>(
      `SELECT count(*)::int AS total, count(*) FILTER (WHERE NOT coalesce(${IS_READ}, false))::int AS unread
       FROM notifications n WHERE ${VISIBLE}`,
      [userId ?? null],
    );
    return counts ?? { total: 0, unread: 0 };
  }

  /** Marks these, or all, as read for that reader; returns how many were unread until now. */
  async markRead(userId: string | undefined, ids: string[] | undefined): Promise<number> {
    const parameters = [userId ?? null, ids ?? null];
    if (userId === undefined) {
      return this.database.execute(
        `UPDATE notifications n SET read_by_programs_at = now() WHERE ${TO_MARK}`,
        parameters,
      );
    }
    const common = await this.database.execute(
      `INSERT INTO notification_reads (organization_id, user_id, notification_id)
       SELECT n.organization_id, ${READER}, n.id FROM notifications n WHERE n.user_id IS NULL AND ${TO_MARK}
       ON CONFLICT DO NOTHING`,
      parameters,
    );
    const own = await this.database.execute(
      `UPDATE notifications n SET read_at = now() WHERE n.user_id IS NOT NULL AND ${TO_MARK}`,
      parameters,
    );
    return common + own;
  }
}
