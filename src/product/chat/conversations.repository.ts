import { Injectable } from '@nestjs/common';
import { Database, type FoundPage } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { madeAt } from '../../platform/paging/index.js';
import { Conversation, type ConversationStatus } from './conversation.entity.js';

export interface ConversationFilter {
  status?: ConversationStatus | undefined;
  /** The smallest id to return. */
  sinceId: string;
}

@Injectable()
export class ConversationsRepository {
  constructor(private readonly database: Database) {}

  async insert(conversation: Pick<Conversation, 'id' | 'organizationId' | 'title' | 'metadata'>): Promise<void> {
    const { id, organizationId, title, metadata } = conversation;
    await this.database.execute(
      `INSERT INTO conversations (id, organization_id, title, metadata, created_at) VALUES ($1, $2, $3, $4, $5)`,
      [id, organizationId, title, metadata, madeAt(id)],
    );
  }

  /** @throws ApiError NOT_FOUND, also when it belongs to another organization */
  async getOrThrow(id: string): Promise<Conversation> {
    const [conversation] = await this.database.select(Conversation, 'WHERE id = $1', [id]);
    if (!conversation) throw notFound('Conversation', id);
    return conversation;
  }

  list({ status, sinceId }: ConversationFilter, limit: number, beforeId: string): Promise<FoundPage<Conversation>> {
    const page = 'ORDER BY id DESC';
    if (!status) {
      return this.database.selectPage(Conversation, `WHERE id < $1 AND id >= $2 ${page}`, [beforeId, sinceId], limit);
    }
    const condition = 'WHERE id < $1 AND id >= $2 AND status = $3';
    return this.database.selectPage(Conversation, `${condition} ${page}`, [beforeId, sinceId, status], limit);
  }

  async update(id: string, change: Partial<Conversation>): Promise<void> {
    await this.database.manager.update(Conversation, { id }, change);
  }

  async countMessage(id: string): Promise<void> {
    await this.database.execute(
      `UPDATE conversations SET message_count = message_count + 1, last_message_at = now(), updated_at = now() WHERE id = $1`,
      [id],
    );
  }

  /** Deletes a conversation and its messages; returns false if it does not exist. */
  async delete(id: string): Promise<boolean> {
    const result = await this.database.manager.delete(Conversation, { id });
    return result.affected === 1;
  }
}
