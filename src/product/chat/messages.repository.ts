import { Injectable } from '@nestjs/common';
import { MAX } from 'uuid';
import { Database, type FoundPage } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { Message } from './message.entity.js';

@Injectable()
export class MessagesRepository {
  constructor(private readonly database: Database) {}

  async insert(message: Omit<Message, 'createdAt'>): Promise<Message> {
    const [stored] = await this.database.query<Pick<Message, 'createdAt'>>(
      `INSERT INTO messages (id, organization_id, conversation_id, role, content, status, answer)
       VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING created_at AS "createdAt"`,
      [
        message.id,
        message.organizationId,
        message.conversationId,
        message.role,
        message.content,
        message.status,
        message.answer,
      ],
    );
    return { ...message, ...(stored as Pick<Message, 'createdAt'>) };
  }

  async getOrThrow(conversationId: string, id: string): Promise<Message> {
    const message = await this.find(id);
    if (message?.conversationId !== conversationId) throw notFound('Message', id);
    return message;
  }

  async find(id: string): Promise<Message | undefined> {
    const [message] = await this.database.select(Message, 'WHERE id = $1', [id]);
    return message;
  }

  /** Messages of a conversation, newest first. */
  list(conversationId: string, limit: number, beforeId: string = MAX): Promise<FoundPage<Message>> {
    const page = 'WHERE conversation_id = $1 AND id < $2 ORDER BY id DESC';
    return this.database.selectPage(Message, page, [conversationId, beforeId], limit);
  }
}
