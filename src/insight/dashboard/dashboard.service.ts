import { Injectable } from '@nestjs/common';
import { UsersRepository } from '../../identity/users/index.js';
import { PlansService } from '../../metering/plans/index.js';
import { QuotasService } from '../../metering/quotas/index.js';
import { Database } from '../../platform/database/index.js';
import type { SessionPrincipal } from '../../identity/permissions/index.js';
import type { DashboardDto } from './dashboard.dto.js';
import { DashboardRepository } from './dashboard.repository.js';

/** Number of recent messages examined, and number of conversations shown. */
const RECENT_MESSAGES = 100;
const RECENT_CONVERSATIONS = 5;

/** A person's overview: account, usage, sessions and recent conversations. */
@Injectable()
export class DashboardService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly plans: PlansService,
    private readonly quotas: QuotasService,
    private readonly dashboard: DashboardRepository,
  ) {}

  async get({ userId, organizationId, budgetId, plan }: SessionPrincipal): Promise<DashboardDto> {
    const limits = await this.plans.get(plan);
    const { user, sessions } = await this.database.asPlatform(async () => ({
      user: await this.users.getById(userId),
      sessions: await this.dashboard.countSessions(userId),
    }));
    const { messages, tasks } = await this.quotas.standingOf(budgetId);
    const [conversations, recent] = await this.database.pipelineAsTenant(organizationId, () =>
      Promise.all([
        this.dashboard.countConversations(),
        this.dashboard.listRecentConversations(RECENT_MESSAGES, RECENT_CONVERSATIONS),
      ]),
    );
    return {
      user: {
        id: user.id,
        email: user.email,
        subscription_plan: plan,
        is_active: user.isActive,
        created_at: user.createdAt.toISOString(),
      },
      usage: {
        messages_this_month: messages.used,
        background_tasks_this_month: tasks.used,
        quota_remaining: limits.messagesPerMonth && Math.max(0, limits.messagesPerMonth - messages.used),
        limits: {
          messages: limits.messagesPerMonth,
          background_tasks: limits.tasksPerMonth,
          api_calls: limits.requestsPerDay,
        },
      },
      sessions: {
        active_sessions: sessions.active,
        last_activity: sessions.lastActivity?.toISOString() ?? null,
      },
      conversations: {
        total_conversations: conversations,
        recent_activity: recent.map(({ id, title, messageCount, lastMessageAt }) => ({
          conversation_id: id,
          title,
          message_count: messageCount,
          last_message_at: lastMessageAt.toISOString(),
        })),
      },
    };
  }
}
