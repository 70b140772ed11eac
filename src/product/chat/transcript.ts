import { Injectable } from '@nestjs/common';
import { Events } from '../../platform/events/index.js';
import type { Conversation } from './conversation.entity.js';
import { ConversationsRepository } from './conversations.repository.js';
import type { Message } from './message.entity.js';
import { MessagesRepository } from './messages.repository.js';
import type { chatEvents } from './chat.events.js';

/**
 * Writes conversations: each message with its count and its event, in the open tenant transaction. Independent statements are
 * sent concurrently; the database executes them in order.
 */
@Injectable()
export class Transcript {
  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly messages: MessagesRepository,
    private readonly events: Events<typeof chatEvents>,
  ) {}

  async begin(conversation: Pick<Conversation, 'id' | 'organizationId' | 'title' | 'metadata'>): Promise<void> {
    const { id, title } = conversation;
    await Promise.all([
      this.conversations.insert(conversation),
      this.events.record({ type: 'conversation.created', subject: id, payload: { title } }),
    ]);
  }

  async append(message: Omit<Message, 'createdAt'>): Promise<Message> {
    const { id, conversationId, role, status } = message;
    const [stored] = await Promise.all([
      this.messages.insert(message),
      this.conversations.countMessage(conversationId),
      this.events.record({
        type: 'message.created',
        subject: id,
        payload: { conversation_id: conversationId, role, status },
      }),
    ]);
    return stored;
  }
}
