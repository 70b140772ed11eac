import { z } from 'zod';
import { defineEvents } from '../../platform/events/index.js';
import { CONVERSATION_STATUSES } from './conversation.entity.js';
import { MESSAGE_ROLES, MESSAGE_STATUSES } from './message.entity.js';

const conversation = z.strictObject({ title: z.string().nullable() });
const aConversation = { title: 'Opening hours' };

export const chatEvents = defineEvents({
  'conversation.created': {
    version: 1,
    schema: conversation,
    description: 'A conversation was started. The subject is the conversation.',
    example: aConversation,
  },
  'conversation.updated': {
    version: 1,
    schema: conversation.extend({ status: z.enum(CONVERSATION_STATUSES) }),
    description: 'Title, status or metadata of a conversation were changed. The subject is the conversation.',
    example: { ...aConversation, status: 'closed' },
  },
  'conversation.deleted': {
    version: 1,
    schema: conversation,
    description: 'A conversation was deleted with its messages. The subject is the conversation.',
    example: aConversation,
  },
  'message.created': {
    version: 1,
    schema: z.strictObject({
      conversation_id: z.uuid(),
      role: z.enum(MESSAGE_ROLES),
      status: z.enum(MESSAGE_STATUSES),
    }),
    description: 'A message was added to a conversation. The subject is the message.',
    example: { conversation_id: '0199b1a0-6f3c-7d52-9e0b-3f1f6c2a7d10', role: 'assistant', status: 'complete' },
  },
});
