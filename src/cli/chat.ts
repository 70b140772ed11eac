import type { Command } from 'commander';
import type { MessageDto } from '../product/chat/index.js';
import { failureOf, type Client } from './client.js';
import { leaf, printing, withServer, type ServerOptions } from './command.js';
import type { Context } from './context.js';
import { unreachable, usage } from './failure.js';
import { printable, type Answer } from './output.js';
import type { Terminal } from './terminal.js';

interface ChatOptions extends ServerOptions {
  conversation?: string;
  model?: string;
  stream?: boolean;
  json?: boolean;
}

type MessageHead = Omit<MessageDto, 'content'>;

const QUOTE_LENGTH = 300;

export function addChat(program: Command, context: Context): void {
  const chat = leaf(program, 'chat [question]', 'ask the knowledge base, and see the sources of the answer', [
    'chat "Within how many days can goods be returned?"',
    'chat "Who pays the postage?" --conversation 01a200ca-7b72-7000-8000-000000000000',
    'chat --json < question.txt | jq -r .content',
    'chat                       (asks on until Ctrl-D)',
  ])
    .option('--conversation <id>', 'go on with this conversation')
    .option('--model <name>', 'the model that answers')
    .option('--stream', 'print the answer as it comes; what a terminal gets anyway')
    .option('--no-stream', 'print the answer when it is complete');
  withServer(chat).action(
    printing(context, async (question: string | undefined, options: ChatOptions) => {
      const { terminal } = context;
      const client = context.client(options);
      if (question === undefined && terminal.isInteractive) {
        if (options.json) throw usage('Which question? Give it as argument or on standard input.');
        return converse(client, terminal, options);
      }
      const message = question ?? (await terminal.readInput());
      const request = { message, conversation_id: options.conversation, model: options.model };
      const isStreamed = !options.json && (options.stream ?? terminal.isOutputLive);
      if (!isStreamed) return answer(await client.call<MessageDto>('POST', '/api/v1/chat', request));
      await streamed(client, terminal, request);
    }),
  );
}

function answer(message: MessageDto): Answer {
  return { json: message, text: printable(message.content) + sourcesOf(message) };
}

/** Asks on and on, in one conversation. */
async function converse(client: Client, terminal: Terminal, options: ChatOptions): Promise<void> {
  let conversation = options.conversation;
  for (;;) {
    const message = await terminal.ask(terminal.strong('> ')).catch(() => undefined);
    if (message === undefined) return terminal.note('');
    if (!message.trim()) continue;
    const head = await streamed(client, terminal, { message, conversation_id: conversation, model: options.model });
    conversation = head.conversation_id;
  }
}

async function streamed(client: Client, terminal: Terminal, request: object): Promise<MessageHead> {
  for await (const { event, data } of client.stream('/api/v1/chat/stream', request)) {
    if (event === 'message') terminal.write(printable((data as { delta: string }).delta));
    if (event === 'error') {
      terminal.print('');
      throw failureOf(data as object);
    }
    if (event === 'done') {
      const head = data as MessageHead;
      terminal.print(sourcesOf(head));
      return head;
    }
  }
  throw unreachable('The connection broke before the answer ended.');
}

function sourcesOf({ sources, conversation_id: conversation }: MessageHead): string {
  const lines = sources.flatMap(({ citation, title, start, end, text }) => [
    `[${citation}] ${printable(title)}, characters ${start}-${end}`,
    `    “${shortened(printable(text))}”`,
  ]);
  const list = lines.length > 0 ? `\n\nSources\n${lines.join('\n')}` : '';
  return `${list}\n\nConversation ${conversation}`;
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= QUOTE_LENGTH ? line : `${line.slice(0, QUOTE_LENGTH - 1).trimEnd()}…`;
}
