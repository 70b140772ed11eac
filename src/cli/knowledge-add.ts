import { readFile } from 'node:fs/promises';
import { basename, extname, normalize } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { KnowledgeDto } from '../product/knowledge/index.js';
import type { Page } from '../platform/paging/index.js';
import { splitBlocks } from '../platform/text/index.js';
import type { Client } from './client.js';
import { leaf, pathWithPage, printing, withServer, type ServerOptions } from './command.js';
import type { Context } from './context.js';
import { Failure, toFailure, usage } from './failure.js';
import { printable, type Answer } from './output.js';
import { attemptAll, errorOf } from './several.js';
import { decode } from './terminal.js';

const PATH = '/api/v1/knowledge';
const EXTENSIONS = ['.md', '.markdown', '.txt'];
const STANDARD_COLLECTION = 'default';
const POLL_MS = 250;

interface AddOptions extends ServerOptions {
  title?: string;
  source?: string;
  collection?: string;
  new?: boolean;
  wait?: boolean;
}

interface Text {
  title: string;
  content: string;
  source?: string;
}

const UPDATES = `
An entry of the collection with the same source is updated to a new version. The source is the path of the file as given;
for standard input it is --source. Finding that entry requires the scope knowledge:read; --new does not.`;

export function addAdd(knowledge: Command, context: Context): void {
  const add = leaf(knowledge, 'add <file...>', 'add or update Markdown and text files; - reads standard input', [
    'knowledge add handbook.md faq.txt --collection support',
    'knowledge add docs/*.md --wait',
    'knowledge add - --title Returns --source returns.md < returns.md',
  ])
    .option('--title <title>', 'title of a single file; default: its first heading, or its name')
    .option('--source <source>', 'source of a single file; default: its path')
    .option('--collection <name>', `part of the knowledge base; default: ${STANDARD_COLLECTION}`)
    .option('--new', 'create another entry even if the source exists')
    .option('--wait', 'wait until everything is indexed')
    .addHelpText('after', UPDATES);
  withServer(add).action(
    printing(context, async (files: string[], options: AddOptions) => {
      for (const name of ['title', 'source'] as const) {
        if (options[name] !== undefined && files.length > 1) throw usage(`--${name} works with a single file only.`);
      }
      const wrong = files.filter((file) => file !== '-' && !EXTENSIONS.includes(extname(file).toLowerCase()));
      if (wrong.length > 0) throw usage(`Only ${EXTENSIONS.join(', ')} files can be added, not ${wrong.join(', ')}.`);
      return new Addition(context, context.client(options), options).addAll(files);
    }),
  );
}

/** One run of `knowledge add`. */
class Addition {
  /** The newest entry for each source; listed once, for the first file. */
  private known: Promise<Map<string, KnowledgeDto>> | undefined;

  constructor(
    private readonly context: Context,
    private readonly client: Client,
    private readonly options: AddOptions,
  ) {}

  async addAll(files: string[]): Promise<Answer> {
    const { done: added, failed } = await attemptAll(this.context.terminal, files, (file) => this.addFile(file));
    if (failed.length > 0) {
      const tally = `${failed.length} of ${files.length} files could not be added.`;
      const details = { added, failed: failed.map(({ item, failure }) => ({ file: item, error: errorOf(failure) })) };
      throw new Failure('NOT_ALL_ADDED', tally, { details });
    }
    const lines = added.map(({ id, title, passage_count: count }) => `${id}  ${printable(title)}  ${count} passages`);
    return { json: { data: added }, text: lines.join('\n') };
  }

  private async addFile(file: string): Promise<{ result: KnowledgeDto; outcome: string }> {
    const text = await read(this.context, file, this.options);
    const before = this.options.new || text.source === undefined ? undefined : (await this.entries()).get(text.source);
    const entry = before
      ? await this.client.call<KnowledgeDto>('PATCH', `${PATH}/${before.id}`, text)
      : await this.client.call<KnowledgeDto>('POST', PATH, { ...text, collection: this.options.collection });
    if (text.source !== undefined) (await this.known)?.set(text.source, entry);
    const result = this.options.wait ? await indexed(this.client, entry) : entry;
    return { result, outcome: `${outcomeOf(entry, before)}, ${result.status}` };
  }

  private entries(): Promise<Map<string, KnowledgeDto>> {
    return (this.known ??= listSources(this.client, this.options.collection ?? STANDARD_COLLECTION).catch(
      explainScope,
    ));
  }
}

/** A key that can only write may add files, but not look for them. */
function explainScope(error: unknown): never {
  const { code, exitCode, requestId } = toFailure(error);
  if (code !== 'INSUFFICIENT_SCOPE') throw error;
  const message = 'Finding the entry of a file requires the scope knowledge:read: add it to the key, or use --new.';
  throw new Failure(code, message, { exitCode, cause: error, ...(requestId && { requestId }) });
}

function outcomeOf({ version }: KnowledgeDto, before: KnowledgeDto | undefined): string {
  if (!before) return 'added';
  return version === before.version ? 'unchanged' : `updated to version ${version}`;
}

async function listSources(client: Client, collection: string): Promise<Map<string, KnowledgeDto>> {
  const entries = new Map<string, KnowledgeDto>();
  let cursor: string | undefined;
  do {
    const path = pathWithPage(PATH, { limit: '100', cursor, collection });
    const page: Page<KnowledgeDto> = await client.call('GET', path);
    for (const entry of page.data) {
      if (entry.source !== null && !entries.has(entry.source)) entries.set(entry.source, entry);
    }
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  return entries;
}

async function read({ terminal }: Context, file: string, { title, source }: AddOptions): Promise<Text> {
  if (file === '-') {
    const content = await terminal.readInput();
    return { title: title ?? headingOf(content) ?? 'Standard input', content, ...(source && { source }) };
  }
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new Failure('FILE_ERROR', `The file cannot be read (${error.code}).`);
  });
  const content = decode(bytes, 'The file');
  return { title: title ?? headingOf(content) ?? basename(file), content, source: source ?? normalize(file) };
}

/** The first top-level heading of a Markdown text; a `#` within code or before a longer line than a title does not count. */
const headingOf = (content: string): string | undefined =>
  splitBlocks(content).find(({ kind, level, title }) => kind === 'heading' && level === 1 && title)?.title;

async function indexed(client: Client, entry: KnowledgeDto): Promise<KnowledgeDto> {
  let now = entry;
  while (now.status === 'processing') {
    await sleep(POLL_MS);
    now = await client.call<KnowledgeDto>('GET', `${PATH}/${entry.id}`);
  }
  if (now.status === 'failed') throw new Failure('INDEXING_FAILED', now.error ?? 'Indexing failed.');
  return now;
}
