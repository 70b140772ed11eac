import type { Command } from 'commander';
import type { FoundPassagesDto, KnowledgeDto, KnowledgeWithContentDto } from '../product/knowledge/index.js';
import type { Page } from '../platform/paging/index.js';
import type { Client } from './client.js';
import {
  group,
  leaf,
  parseCount,
  pathWithPage,
  printing,
  withPage,
  withServer,
  type PageOptions,
  type ServerOptions,
} from './command.js';
import type { Context } from './context.js';
import { exitCodes, Failure } from './failure.js';
import { addAdd } from './knowledge-add.js';
import { details, listed, moment, printable, type Answer } from './output.js';
import { attemptAll, errorOf } from './several.js';
import type { Terminal } from './terminal.js';

const PATH = '/api/v1/knowledge';
/** Characters of each passage that a search shows. */
const EXCERPT_LENGTH = 300;

type InCollection = ServerOptions & { collection?: string };

export function addKnowledge(program: Command, context: Context): void {
  const knowledge = group(program, 'knowledge', 'the documents that answers quote');
  addAdd(knowledge, context);
  addList(knowledge, context);
  addShow(knowledge, context);
  addRemove(knowledge, context);
  addSearch(knowledge, context);
}

function addList(knowledge: Command, context: Context): void {
  const list = leaf(knowledge, 'list', 'list entries, newest first', [
    'knowledge list',
    'knowledge list --collection support --limit 100 --json',
  ]).option('--collection <name>', 'only this collection');
  withServer(withPage(list)).action(
    printing(context, async ({ limit, cursor, collection, ...server }: PageOptions & InCollection) => {
      const path = pathWithPage(PATH, { limit, cursor, collection });
      const page = await context.client(server).call<Page<KnowledgeDto>>('GET', path);
      return listed(
        page,
        ['ID', 'TITLE', 'SOURCE', 'COLLECTION', 'STATUS', 'VERSION', 'PASSAGES', 'UPDATED'],
        (entry) => [
          entry.id,
          entry.title,
          entry.source,
          entry.collection,
          entry.status,
          entry.version,
          entry.passage_count,
          moment(entry.updated_at),
        ],
      );
    }),
  );
}

function addShow(knowledge: Command, context: Context): void {
  const show = leaf(knowledge, 'show <id>', 'show an entry with its text', [
    'knowledge show 01a200ca-7b59-7000-8000-000000000000',
    'knowledge show 01a200ca-7b59-7000-8000-000000000000 --version 1 --content > returns.md',
  ])
    .option('--version <number>', 'an older version', parseCount)
    .option('--content', 'print only the text');
  withServer(show).action(
    printing(context, async (id: string, options: ServerOptions & { version?: number; content?: boolean }) => {
      const { version, content: onlyContent, ...server } = options;
      const path = pathWithPage(`${PATH}/${encodeURIComponent(id)}`, { version: version?.toString() });
      const entry = await context.client(server).call<KnowledgeWithContentDto>('GET', path);
      const content = printable(entry.content).trimEnd();
      if (onlyContent) return { json: entry, text: content };
      const { title, source, collection, status, passage_count: passages, error, updated_at: updated } = entry;
      const head = details({
        id: entry.id,
        title,
        source,
        collection,
        version: entry.version,
        status,
        ...(error && { error }),
        passages,
        updated: moment(updated),
      });
      return { json: entry, text: `${head}\n\n${content}` };
    }),
  );
}

function addRemove(knowledge: Command, context: Context): void {
  const remove = leaf(knowledge, 'rm <id...>', 'delete entries with all their versions', [
    'knowledge rm 01a200ca-7b59-7000-8000-000000000000',
  ]);
  withServer(remove).action(
    printing(context, (ids: string[], server: ServerOptions) =>
      removeAll(context.client(server), context.terminal, ids),
    ),
  );
}

async function removeAll(client: Client, terminal: Terminal, ids: string[]): Promise<Answer> {
  const remove = async (id: string) => {
    await client.call('DELETE', `${PATH}/${encodeURIComponent(id)}`);
    return { result: { id, deleted: true }, outcome: 'deleted' };
  };
  const [first = '', ...more] = ids;
  // A single entry fails with its own error.
  if (more.length === 0) return { json: { data: [(await remove(first)).result] }, text: `Deleted ${first}.` };
  const { done: deleted, failed } = await attemptAll(terminal, ids, remove);
  if (failed.length > 0) {
    const details = { deleted, failed: failed.map(({ item, failure }) => ({ id: item, error: errorOf(failure) })) };
    const isNothingFound = failed.every(({ failure }) => failure.exitCode === exitCodes.notFound);
    throw new Failure('NOT_ALL_DELETED', `${failed.length} of ${ids.length} entries could not be deleted.`, {
      exitCode: isNothingFound ? exitCodes.notFound : exitCodes.failure,
      details,
    });
  }
  return { json: { data: deleted }, text: `Deleted ${ids.join(', ')}.` };
}

function addSearch(knowledge: Command, context: Context): void {
  const search = leaf(knowledge, 'search <words>', 'find the passages that best answer a question', [
    'knowledge search "opening hours"',
    'knowledge search postage --limit 3 --json',
  ])
    .option('--limit <count>', 'number of passages, 1-50', '10')
    .option('--collection <name>', 'only this collection');
  withServer(search).action(
    printing(context, async (words: string, { limit, collection, ...server }: InCollection & { limit: string }) => {
      const path = pathWithPage(`${PATH}/search`, { q: words, limit, collection });
      const found = await context.client(server).call<FoundPassagesDto>('GET', path);
      const blocks = found.data.map(({ title, headings, score, text }) => {
        const place = printable([title, ...headings].join(' › '));
        return `${score.toFixed(2)}  ${place}\n      ${printable(text).replace(/\s+/g, ' ').slice(0, EXCERPT_LENGTH)}`;
      });
      return { json: found, text: blocks.join('\n\n') || 'No passage found.' };
    }),
  );
}
