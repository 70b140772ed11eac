import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';

export interface RecentConversation {
  id: string;
  title: string | null;
  messageCount: number;
  lastMessageAt: Date;
}

/** Counts for the dashboard, from the tables of other modules; every query uses an index. */
@Injectable()
export class DashboardRepository {
  constructor(private readonly database: Database) {}

  async countConversations(): Promise<number> {
    const [row] = await this.database.query<{ count: number }>('SELECT count(*)::int AS count FROM conversations');
    return row?.count ?? 0;
  }

  /** The conversations with the latest user messages, latest first. */
  listRecentConversations(messages: number, limit: number): Promise<RecentConversation[]> {
    return this.database.query(
      `SELECT c.id, c.title, c.message_count AS "messageCount", recent.at AS "lastMessageAt"
       FROM (SELECT conversation_id, max(created_at) AS at
             FROM (SELECT conversation_id, created_at FROM messages WHERE role = 'user' ORDER BY id DESC LIMIT $1) AS latest
             GROUP BY conversation_id ORDER BY at DESC, conversation_id DESC LIMIT $2) AS recent
       JOIN conversations c ON c.id = recent.conversation_id
       ORDER BY recent.at DESC, c.id DESC`,
      [messages, limit],
    );
  }

  /** The sessions of a person in all organizations. In the platform scope. */
  async countSessions(userId: string): Promise<{ active: number; lastActivity: Date | null }> {
    const [row] = await this.database.query<{ active: number; lastActivity: Date | null }>(
      `SELECT count(*)::int AS active, max(last_used_at) AS "lastActivity"
       FROM sessions WHERE user_id = $1 AND ended_at IS NULL AND expires_at > now()`,
      [userId],
    );
    return row ?? { active: 0, lastActivity: null };
  }
}
