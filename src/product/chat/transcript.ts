import { Injectable } from '@nestjs/common';
import { Events } from '../../platform/events/index.js';
import type { Conversation } from './conversation.entity.js';
import { ConversationsRepository } from './conversations.repository.js';
import type { Message } from './message.entity.js';
import { MessagesRepository } from './messages.repository.js';

/** Writes conversations: each message with its count and its event, in the open tenant transaction. */
@Injectable()
export class Transcript {
  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly messages: MessagesRepository,
    private readonly events: Events,
  ) {}

  async begin(organizationId: string, title: string | null, metadata: object): Promise<Conversation> {
    const conversation = await this.conversations.insert({ organizationId, title, metadata });
    await this.events.record({ type: 'conversation.created', subject: conversation.id, payload: { title } });
    return conversation;
  }

  async append(message: Omit<Message, 'createdAt'>): Promise<Message> {
    const stored = await this.messages.insert(message);
    await this.conversations.countMessage(message.conversationId);
    await this.events.record({
      type: 'message.created',
      subject: message.id,
      payload: { conversation_id: message.conversationId, role: message.role, status: message.status },
    });
    return stored;
  }
}
