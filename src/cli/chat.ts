import type { Command } from 'commander';
import { titleOf } from '../platform/text/index.js';
import type { ConversationDto, MessageDto } from '../product/chat/index.js';
import { failureOf, type Client } from './client.js';
import { leaf, printing, withServer, type ServerOptions } from './command.js';
import type { Context } from './context.js';
import { exitCodes, Failure, toFailure, unreachable, usage } from './failure.js';
import { printable, type Answer } from './output.js';
import { sourceLines } from './sources.js';
import type { Terminal } from './terminal.js';

interface ChatOptions extends ServerOptions {
  conversation?: string;
  model?: string;
  stream?: boolean;
  json?: boolean;
}

type MessageHead = Omit<MessageDto, 'content'>;

/** What a reader must know about an answer that is not complete. */
const REMARKS: Partial<Record<MessageDto['status'], string>> = {
  truncated: 'The answer is incomplete: the model reached a token limit.',
  filtered: 'The answer is incomplete: a content filter stopped it.',
  interrupted: 'The answer is incomplete: it was interrupted. Ask again.',
};

export function addChat(program: Command, context: Context): void {
  const chat = leaf(program, 'chat [question]', 'ask a question and show the sources of the answer', [
    'chat "Within how many days can goods be returned?"',
    'chat "Who pays the postage?" --conversation 01a200ca-7b72-7000-8000-000000000000',
    'chat --json < question.txt | jq -r .content',
    'chat                       (a conversation; Ctrl-C stops an answer, Ctrl-D ends)',
  ])
    .option('--conversation <id>', 'continue this conversation')
    .option('--model <name>', 'the model that answers')
    .option('--stream', 'print the answer as it arrives; default at a terminal')
    .option('--no-stream', 'print the answer once it is complete');
  withServer(chat).action(
    printing(context, async (question: string | undefined, options: ChatOptions) => {
      const { terminal } = context;
      const client = context.client(options);
      if (question === undefined && terminal.isInteractive) {
        if (options.json) throw usage('No question: pass it as an argument or on standard input.');
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
  const note = REMARKS[message.status];
  return {
    json: message,
    text: printable(message.content) + sourcesOf(message),
    ...(note && { note }),
    ...(message.status === 'interrupted' && { exitCode: exitCodes.failure }),
  };
}

/** Reads questions and answers them in one conversation. Ctrl-C stops an answer; at the prompt it ends the command. */
async function converse(client: Client, terminal: Terminal, options: ChatOptions): Promise<void> {
  let conversation = options.conversation;
  for (;;) {
    const message = await terminal.ask(terminal.strong('> ')).catch(() => undefined);
    if (message === undefined) return terminal.note('');
    if (!message.trim()) continue;
    await terminal
      .interruptible(async (signal) => {
        // Created first: a stopped answer does not return its conversation.
        conversation ??= await create(client, message, signal);
        await streamed(client, terminal, { message, conversation_id: conversation, model: options.model }, signal);
      })
      .catch((error: unknown) => noteFailure(terminal, error));
  }
}

async function create(client: Client, question: string, signal: AbortSignal): Promise<string> {
  const title = titleOf(question);
  return (await client.call<ConversationDto>('POST', '/api/v1/conversations', { title }, signal)).id;
}

/** A question can fail without ending the conversation. Without a server or a valid credential the command ends. */
function noteFailure(terminal: Terminal, error: unknown): void {
  terminal.endLine();
  const { code, exitCode, message } = toFailure(error);
  if (isAbort(error)) return terminal.note('(stopped)');
  if (code === 'UNREACHABLE' || exitCode === exitCodes.denied) throw error;
  terminal.note(message);
}

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

async function streamed(client: Client, terminal: Terminal, request: object, signal?: AbortSignal): Promise<void> {
  for await (const { event, data } of client.stream('/api/v1/chat/stream', request, signal)) {
    if (event === 'message') terminal.write(printable((data as { delta: string }).delta));
    if (event === 'error') {
      terminal.endLine();
      throw failureOf(data as object);
    }
    if (event === 'done') {
      const head = data as MessageHead;
      terminal.print(sourcesOf(head));
      const note = REMARKS[head.status];
      if (note && head.status === 'interrupted') throw new Failure('INTERRUPTED', note);
      if (note) terminal.note(note);
      return;
    }
  }
  throw unreachable('The connection broke before the answer ended.');
}

function sourcesOf({ sources, conversation_id: conversation }: MessageHead): string {
  const list = sources.length > 0 ? `\n\nSources\n${sourceLines(sources).join('\n')}` : '';
  return `${list}\n\nConversation ${conversation}`;
}
