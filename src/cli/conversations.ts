import type { Command } from 'commander';
import type { ConversationDto, ConversationWithMessagesDto, MessageDto } from '../product/chat/index.js';
import type { Page } from '../platform/paging/index.js';
import {
  group,
  leaf,
  pathWithPage,
  printing,
  withPage,
  withServer,
  type PageOptions,
  type ServerOptions,
} from './command.js';
import type { Context } from './context.js';
import { details, listed, moment, printable } from './output.js';
import { sourceLines } from './sources.js';

const PATH = '/api/v1/conversations';

export function addConversations(program: Command, context: Context): void {
  const conversations = group(program, 'conversations', 'conversations and their messages');

  const list = leaf(conversations, 'list', 'list conversations, newest first', [
    'conversations list',
    'conversations list --status open --limit 100 --json',
  ]).option('--status <status>', 'only conversations with this status');
  withServer(withPage(list)).action(
    printing(
      context,
      async ({ limit, cursor, status, ...server }: PageOptions & ServerOptions & { status?: string }) => {
        const path = pathWithPage(PATH, { limit, cursor, status });
        const page = await context.client(server).call<Page<ConversationDto>>('GET', path);
        return listed(page, ['ID', 'TITLE', 'STATUS', 'MESSAGES', 'LAST MESSAGE'], (conversation) => [
          conversation.id,
          conversation.title,
          conversation.status,
          conversation.message_count,
          moment(conversation.last_message_at),
        ]);
      },
    ),
  );

  withServer(
    leaf(conversations, 'show <id>', 'show a conversation with its latest messages', [
      'conversations show 01a200c5-bc9b-7000-8000-000000000000',
      'conversations show 01a200c5-bc9b-7000-8000-000000000000 --json',
    ]),
  ).action(
    printing(context, async (id: string, server: ServerOptions) => {
      const path = `${PATH}/${encodeURIComponent(id)}`;
      const conversation = await context.client(server).call<ConversationWithMessagesDto>('GET', path);
      return { json: conversation, text: shown(conversation) };
    }),
  );
}

function shown({ messages, message_count: count, ...conversation }: ConversationWithMessagesDto): string {
  const { id, title, status, created_at: created } = conversation;
  const head = details({ id, title, status, messages: count, created: moment(created) });
  const earlier = count > messages.length ? [`(${count - messages.length} earlier messages)`] : [];
  return [head, ...earlier, ...messages.map(messageText)].join('\n\n');
}

function messageText({ role, created_at: created, content, status, sources }: MessageDto): string {
  const note = status === 'complete' ? '' : ` (${status})`;
  const lines = sourceLines(sources);
  return [`${role}  ${moment(created)}${note}`, printable(content).trimEnd(), ...lines].join('\n');
}
