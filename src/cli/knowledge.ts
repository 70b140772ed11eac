import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { FoundPassagesDto, KnowledgeDto } from '../product/knowledge/index.js';
import type { Page } from '../platform/paging/index.js';
import type { Client } from './client.js';
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
import { exitCodes, Failure, toFailure, usage } from './failure.js';
import { listed, moment, printable, type Answer } from './output.js';

const PATH = '/api/v1/knowledge';
const EXTENSIONS = ['.md', '.markdown', '.txt'];
const POLL_MS = 250;
/** Of each passage a search shows this much. */
const EXCERPT_LENGTH = 300;

interface AddOptions extends ServerOptions {
  title?: string;
  collection?: string;
  wait?: boolean;
}

interface Text {
  title: string;
  content: string;
  source?: string;
}

interface FailedFile {
  file: string;
  error: { code: string; message: string };
}

export function addKnowledge(program: Command, context: Context): void {
  const knowledge = group(program, 'knowledge', 'the documents that answers rest on');
  addAdd(knowledge, context);
  addList(knowledge, context);
  addSearch(knowledge, context);
}

function addAdd(knowledge: Command, context: Context): void {
  const add = leaf(knowledge, 'add <file...>', 'add Markdown or text files; - is standard input', [
    'knowledge add handbook.md faq.txt --collection support',
    'knowledge add docs/*.md --wait',
    'knowledge add - --title Returns < returns.md',
  ])
    .option('--title <title>', 'of a single file; else its first heading, or its name')
    .option('--collection <name>', 'which part of the knowledge base it belongs to')
    .option('--wait', 'until all of it is indexed');
  withServer(add).action(
    printing(context, async (files: string[], options: AddOptions) => {
      if (options.title !== undefined && files.length > 1) throw usage('--title is for a single file.');
      const wrong = files.filter((file) => file !== '-' && !EXTENSIONS.includes(extname(file).toLowerCase()));
      if (wrong.length > 0) throw usage(`Only ${EXTENSIONS.join(', ')} can be added, not ${wrong.join(', ')}.`);
      return addAll(context, context.client(options), files, options);
    }),
  );
}

/** Adds what can be added; what fails does not hold up the others. */
async function addAll(context: Context, client: Client, files: string[], options: AddOptions): Promise<Answer> {
  const added: KnowledgeDto[] = [];
  const failed: FailedFile[] = [];
  for (const [index, file] of files.entries()) {
    const place = files.length > 1 ? `${index + 1}/${files.length} ` : '';
    try {
      const entry = await addFile(context, client, file, options);
      added.push(entry);
      context.terminal.note(`${place}${file}: ${entry.status}`);
    } catch (error) {
      const { code, message, exitCode } = toFailure(error);
      // What refuses one file for its credential, or is away, does so for all.
      if (exitCode === exitCodes.denied || exitCode === exitCodes.unreachable) throw error;
      failed.push({ file, error: { code, message } });
      context.terminal.note(`${place}${file}: ${message}`);
    }
  }
  if (failed.length > 0) {
    const tally = `${failed.length} of ${files.length} could not be added.`;
    throw new Failure('NOT_ALL_ADDED', tally, { details: { added, failed } });
  }
  const lines = added.map(({ id, title, passage_count: count }) => `${id}  ${printable(title)}  ${count} passages`);
  return { json: { data: added }, text: lines.join('\n') };
}

async function addFile(context: Context, client: Client, file: string, options: AddOptions): Promise<KnowledgeDto> {
  const text = await read(context, file, options.title);
  const entry = await client.call<KnowledgeDto>('POST', PATH, { ...text, collection: options.collection });
  return options.wait ? indexed(client, entry) : entry;
}

async function read({ terminal }: Context, file: string, title: string | undefined): Promise<Text> {
  if (file === '-') {
    const content = await terminal.readInput();
    return { title: title ?? headingOf(content) ?? 'Standard input', content };
  }
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new Failure('FILE_ERROR', `cannot be read (${error.code}).`);
  });
  try {
    const content = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { title: title ?? headingOf(content) ?? basename(file), content, source: file };
  } catch {
    throw new Failure('FILE_ERROR', 'is not text in UTF-8.');
  }
}

/** The first heading of a Markdown text. */
const headingOf = (content: string): string | undefined => /^# +(\S.{0,298})$/m.exec(content)?.[1]?.trim();

async function indexed(client: Client, entry: KnowledgeDto): Promise<KnowledgeDto> {
  let now = entry;
  while (now.status === 'processing') {
    await sleep(POLL_MS);
    now = await client.call<KnowledgeDto>('GET', `${PATH}/${entry.id}`);
  }
  if (now.status === 'failed') throw new Failure('INDEXING_FAILED', now.error ?? 'It could not be indexed.');
  return now;
}

function addList(knowledge: Command, context: Context): void {
  const list = leaf(knowledge, 'list', 'list what there is, newest first', [
    'knowledge list',
    'knowledge list --collection support --limit 100 --json',
  ]).option('--collection <name>', 'only this one');
  withServer(withPage(list)).action(
    printing(context, async ({ limit, cursor, collection, ...server }: PageOptions & AddOptions) => {
      const path = pathWithPage(PATH, { limit, cursor, collection });
      const page = await context.client(server).call<Page<KnowledgeDto>>('GET', path);
      return listed(page, ['ID', 'TITLE', 'COLLECTION', 'STATUS', 'VERSION', 'PASSAGES', 'UPDATED'], (entry) => [
        entry.id,
        entry.title,
        entry.collection,
        entry.status,
        entry.version,
        entry.passage_count,
        moment(entry.updated_at),
      ]);
    }),
  );
}

function addSearch(knowledge: Command, context: Context): void {
  const search = leaf(knowledge, 'search <words>', 'find the passages that best answer a question', [
    'knowledge search "opening hours"',
    'knowledge search postage --limit 3 --json',
  ])
    .option('--limit <count>', 'how many passages, 1-50', '10')
    .option('--collection <name>', 'only in this one');
  withServer(search).action(
    printing(context, async (words: string, { limit, collection, ...server }: AddOptions & { limit: string }) => {
      const path = pathWithPage(`${PATH}/search`, { q: words, limit, collection });
      const found = await context.client(server).call<FoundPassagesDto>('GET', path);
      const blocks = found.data.map(({ title, headings, score, text }) => {
        const place = printable([title, ...headings].join(' › '));
        return `${score.toFixed(2)}  ${place}\n      ${printable(text).replace(/\s+/g, ' ').slice(0, EXCERPT_LENGTH)}`;
      });
      return { json: found, text: blocks.join('\n\n') || 'Nothing was found.' };
    }),
  );
}
