import { Injectable } from '@nestjs/common';
import { NIL } from 'uuid';
import { QuotasService, StorageService } from '../../metering/quotas/index.js';
import { Database } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { Events } from '../../platform/events/index.js';
import type { Principal } from '../../identity/permissions/index.js';
import { cursorId, smallestIdAt, toPage, type Page, type PageQuery } from '../../platform/paging/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { newId } from '../../platform/ids/index.js';
import { MessageDto } from './chat.dto.js';
import { ChatService } from './chat.service.js';
import {
  ConversationDto,
  type ConversationWithMessagesDto,
  type CreateConversationDto,
  type ListConversationsQuery,
  type PostMessageDto,
  type UpdateConversationDto,
} from './conversations.dto.js';
import { ConversationsRepository } from './conversations.repository.js';
import { MessagesRepository } from './messages.repository.js';
import { Transcript } from './transcript.js';
import type { chatEvents } from './chat.events.js';

const SHOWN_MESSAGES = 20;

@Injectable()
export class ConversationsService {
  constructor(
    private readonly database: Database,
    private readonly conversations: ConversationsRepository,
    private readonly messages: MessagesRepository,
    private readonly transcript: Transcript,
    private readonly chat: ChatService,
    private readonly quotas: QuotasService,
    private readonly storage: StorageService,
    private readonly events: Events<typeof chatEvents>,
    private readonly idempotency: Idempotency,
  ) {}

  async create(principal: Principal, input: CreateConversationDto): Promise<ConversationDto> {
    const { organizationId } = principal;
    const payer = await this.quotas.payerFor(principal);
    return this.database.asTenant(organizationId, async () => {
      const id = newId();
      await this.transcript.begin({ id, organizationId, title: input.title ?? null, metadata: input.metadata ?? {} });
      await this.storage.requireRoom(payer);
      return ConversationDto.from(await this.conversations.getOrThrow(id));
    });
  }

  list({ organizationId }: Principal, query: ListConversationsQuery): Promise<Page<ConversationDto>> {
    const before = cursorId(query);
    const filter = { status: query.status, sinceId: query.since ? smallestIdAt(new Date(query.since)) : NIL };
    return this.database.pipelineAsTenant(organizationId, async () =>
      toPage(await this.conversations.list(filter, query.limit, before), (conversation) =>
        ConversationDto.from(conversation),
      ),
    );
  }

  get({ organizationId }: Principal, id: string): Promise<ConversationWithMessagesDto> {
    return this.database.asTenant(organizationId, async () => {
      const conversation = await this.conversations.getOrThrow(id);
      const { rows: latest } = await this.messages.list(id, SHOWN_MESSAGES);
      const messages = latest.reverse().map((message) => MessageDto.from(message));
      return { ...ConversationDto.from(conversation), messages };
    });
  }

  async update(principal: Principal, id: string, input: UpdateConversationDto): Promise<ConversationDto> {
    const payer = await this.quotas.payerFor(principal);
    return this.database.asTenant(principal.organizationId, async () => {
      await this.conversations.getOrThrow(id);
      if (Object.keys(input).length > 0) await this.conversations.update(id, input);
      const { title, status, ...conversation } = await this.conversations.getOrThrow(id);
      await this.events.record({ type: 'conversation.updated', subject: id, payload: { title, status } });
      await this.storage.requireRoom(payer);
      return ConversationDto.from({ title, status, ...conversation });
    });
  }

  delete({ organizationId }: Principal, id: string): Promise<void> {
    return this.database.asTenant(organizationId, async () => {
      const { title } = await this.conversations.getOrThrow(id);
      if (!(await this.conversations.delete(id))) throw notFound('Conversation', id);
      await this.events.record({ type: 'conversation.deleted', subject: id, payload: { title } });
    });
  }

  listMessages({ organizationId }: Principal, id: string, query: PageQuery): Promise<Page<MessageDto>> {
    const before = cursorId(query);
    return this.database.asTenant(organizationId, async () => {
      await this.conversations.getOrThrow(id);
      const messages = await this.messages.list(id, query.limit, before);
      return toPage(messages, (message) => MessageDto.from(message));
    });
  }

  getMessage({ organizationId }: Principal, id: string, messageId: string): Promise<MessageDto> {
    return this.database.asTenant(organizationId, async () =>
      MessageDto.from(await this.messages.getOrThrow(id, messageId)),
    );
  }

  /** Adds a message unchanged, or has the model answer it and returns the answer. */
  async postMessage(principal: Principal, id: string, input: PostMessageDto, signal: AbortSignal): Promise<MessageDto> {
    const { role, content, reply, ...options } = input;
    if (reply) return this.chat.answer(principal, { ...options, role, message: content, conversation_id: id }, signal);
    const { organizationId } = principal;
    const payer = await this.quotas.payerFor(principal);
    return this.database.asTenant(organizationId, async () => {
      await this.conversations.getOrThrow(id);
      const earlier = this.idempotency.savedProgress<{ message_id: string }>();
      if (earlier) return MessageDto.from(await this.messages.getOrThrow(id, earlier.message_id));
      const messageId = newId();
      await this.idempotency.saveProgress({ message_id: messageId });
      const message = await this.transcript.append({
        id: messageId,
        organizationId,
        conversationId: id,
        role,
        content,
        status: 'complete',
        answer: null,
      });
      await this.storage.requireRoom(payer);
      return MessageDto.from(message);
    });
  }
}
