import { Module } from '@nestjs/common';
import { QuotasModule } from '../../metering/quotas/index.js';
import { KnowledgeModule } from '../knowledge/index.js';
import { CachedModel } from './cached-model.js';
import { ChatStreamsService } from './chat-streams.service.js';
import { ChatController } from './chat.controller.js';
import { ChatService } from './chat.service.js';
import { ConversationFactsRepository } from './conversation-facts.repository.js';
import { ConversationsController } from './conversations.controller.js';
import { ConversationsRepository } from './conversations.repository.js';
import { ConversationsService } from './conversations.service.js';
import { MessagesRepository } from './messages.repository.js';
import { StreamLog } from './stream-log.js';
import { Transcript } from './transcript.js';
import { TurnService } from './turn.service.js';

export { chatEvents } from './chat.events.js';
export type { MessageDto, SourceDto } from './chat.dto.js';
export type { ConversationDto, ConversationWithMessagesDto } from './conversations.dto.js';
export { answersSayHowTheyEnded, chatsNameTheirConversation } from './chat.versions.js';
export { refusalsSuggest } from './suggestions.versions.js';
export { ConversationFactsRepository } from './conversation-facts.repository.js';
export { Conversation } from './conversation.entity.js';
export { AUTHOR_ROLES, Message, MESSAGE_ROLES, MESSAGE_STATUSES } from './message.entity.js';

@Module({
  imports: [QuotasModule, KnowledgeModule],
  controllers: [ChatController, ConversationsController],
  providers: [
    ChatService,
    ChatStreamsService,
    ConversationsService,
    ConversationsRepository,
    ConversationFactsRepository,
    MessagesRepository,
    Transcript,
    TurnService,
    CachedModel,
    StreamLog,
  ],
  exports: [ConversationFactsRepository],
})
export class ChatModule {}
