import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import type { Page } from '../platform/paging/index.js';
import type { SubmittedTaskDto, TaskDto, TaskProgressDto, TaskResultsDto } from '../product/tasks/index.js';
import type { Client } from './client.js';
import {
  group,
  leaf,
  parseList,
  pathWithPage,
  printing,
  withPage,
  withServer,
  type PageOptions,
  type ServerOptions,
} from './command.js';
import type { Context } from './context.js';
import { Failure, unreachable } from './failure.js';
import { details, listed, moment, printable, type Answer } from './output.js';
import type { Terminal } from './terminal.js';

const PATH = '/api/v1/tasks';
const AN_ID = '01a200c5-bc9b-7000-8000-000000000000';
const BAR_WIDTH = 20;

const at = (id: string, rest = ''): string => `${PATH}/${encodeURIComponent(id)}${rest}`;

interface WaitOption {
  wait?: boolean;
}

interface AnalyzeOptions extends ServerOptions, WaitOption {
  dataSource?: string;
  metric?: string[];
  dimension?: string[];
  period?: string;
}

interface ResearchOptions extends ServerOptions, WaitOption {
  scope?: string;
  collections?: string[];
}

interface PaperOptions extends ResearchOptions {
  title?: string;
  style?: string;
  formats?: string[];
}

export function addTasks(program: Command, context: Context): void {
  const tasks = group(program, 'tasks', 'background tasks and their results');
  addSubmit(tasks, context);
  addList(tasks, context);

  withServer(leaf(tasks, 'status <id>', 'show the status of a task', [`tasks status ${AN_ID}`])).action(
    printing(context, async (id: string, server: ServerOptions) =>
      shown(await context.client(server).call<TaskDto>('GET', at(id, '/status'))),
    ),
  );

  withServer(
    leaf(tasks, 'watch <id>', 'follow a task to its end', [`tasks watch ${AN_ID} && parlance tasks results ${AN_ID}`]),
  ).action(
    printing(context, (id: string, server: ServerOptions) => watch(context.client(server), context.terminal, id)),
  );

  withServer(
    leaf(tasks, 'results <id>', 'show the results of a task: its report, or everything with --json', [
      `tasks results ${AN_ID} > report.md`,
      `tasks results ${AN_ID} --json | jq .results.summary`,
    ]),
  ).action(printing(context, (id: string, server: ServerOptions) => results(context.client(server), id)));

  const download = leaf(tasks, 'download <id>', 'save the files of a task', [
    `tasks download ${AN_ID}`,
    `tasks download ${AN_ID} --to reports`,
  ]).option('--to <folder>', 'where to save them; by default, here');
  withServer(download).action(
    printing(context, (id: string, { to, ...server }: ServerOptions & { to?: string }) =>
      saveFiles(context.client(server), id, to),
    ),
  );

  withServer(leaf(tasks, 'cancel <id>', 'cancel a task', [`tasks cancel ${AN_ID}`])).action(
    printing(context, async (id: string, server: ServerOptions) =>
      shown(await context.client(server).call<TaskDto>('POST', at(id, '/cancel'))),
    ),
  );

  withServer(leaf(tasks, 'retry <id>', 'submit a failed or cancelled task again', [`tasks retry ${AN_ID}`])).action(
    printing(context, async (id: string, server: ServerOptions) =>
      submitted(await context.client(server).call<SubmittedTaskDto>('POST', at(id, '/retry'))),
    ),
  );
}

function addSubmit(tasks: Command, context: Context): void {
  const submit = group(tasks, 'submit', 'submit a task');
  addResearch(submit, context);
  addAnalysis(submit, context);
  addPaper(submit, context);
}

function addResearch(submit: Command, context: Context): void {
  const research = leaf(submit, 'research <topic>', 'research a topic in the knowledge base', [
    'tasks submit research "Returns of damaged goods" --wait',
    'tasks submit research "Warranty" --scope comprehensive --collections manuals,contracts --json',
  ])
    .option('--scope <scope>', 'quick, standard or comprehensive')
    .option('--collections <names>', 'only documents of these collections', parseList)
    .option('--wait', 'follow the task, and print its results');
  withServer(research).action(
    printing(context, async (topic: string, { scope, collections, wait, ...server }: ResearchOptions) => {
      const body = { topic, scope, sources: collections };
      return submitTask(context, context.client(server), `${PATH}/research`, body, wait);
    }),
  );
}

function addAnalysis(submit: Command, context: Context): void {
  const analyze = leaf(submit, 'analyze <description>', 'answer a question about a data source with numbers', [
    'tasks submit analyze "Why did sales fall in the last quarter?" --data-source orders --wait',
    'tasks submit analyze Sales --metric revenue --metric "margin = sum(Profit) / sum(Sales)" --period Q4_2024',
  ])
    .option('--data-source <source>', 'id or name; the newest data source by default')
    .option('--metric <metric>', 'a metric, a column or an expression; can be repeated', repeated)
    .option('--dimension <column>', 'a column by which changes are broken down; can be repeated', repeated)
    .option('--period <period>', 'such as 2024, Q4_2024 or "last 30 days"')
    .option('--wait', 'follow the task, and print its results');
  withServer(analyze).action(
    printing(
      context,
      async (
        description: string,
        { dataSource, metric: metrics, dimension: dimensions, period, wait, ...server }: AnalyzeOptions,
      ) => {
        const parameters = { time_period: period, metrics, dimensions };
        const body = { description, data_source: dataSource, parameters };
        return submitTask(context, context.client(server), `${PATH}/analyze`, body, wait);
      },
    ),
  );
}

const repeated = (value: string, previous: string[] = []): string[] => [...previous, value];

function addPaper(submit: Command, context: Context): void {
  const paper = leaf(submit, 'paper <topic>', 'generate a paper: a review of quotations with references', [
    'tasks submit paper "Returns of damaged goods" --wait > paper.md',
    'tasks submit paper "Warranty" --style ieee --formats docx,pdf --collections manuals',
  ])
    .option('--title <title>', 'title of the paper; by default, the topic')
    .option('--style <style>', 'apa, chicago, harvard, ieee or vancouver')
    .option('--formats <formats>', 'formats of the files: markdown, html, docx, pdf', parseList)
    .option('--scope <scope>', 'quick, standard or comprehensive')
    .option('--collections <names>', 'only documents of these collections', parseList)
    .option('--wait', 'follow the task, and print the paper as Markdown');
  withServer(paper).action(
    printing(
      context,
      async (topic: string, { title, style, formats, scope, collections, wait, ...server }: PaperOptions) => {
        const body = { topic, title, citation_style: style, formats, scope, sources: collections };
        return submitTask(context, context.client(server), '/api/v1/papers/generate', body, wait);
      },
    ),
  );
}

/** Submits a task; with `wait`, follows it and shows its results. */
async function submitTask(
  { terminal }: Context,
  client: Client,
  path: string,
  body: object,
  wait?: boolean,
): Promise<Answer> {
  const task = await client.call<SubmittedTaskDto>('POST', path, body);
  if (!wait) return submitted(task);
  await watch(client, terminal, task.task_id);
  return results(client, task.task_id);
}

function addList(tasks: Command, context: Context): void {
  const list = leaf(tasks, 'list', 'list tasks, newest first', [
    'tasks list',
    'tasks list --status failed --type research --json',
  ])
    .option('--status <status>', 'only tasks with this status')
    .option('--type <type>', 'only tasks of this type');
  withServer(withPage(list)).action(
    printing(
      context,
      async ({
        limit,
        cursor,
        status,
        type,
        ...server
      }: PageOptions & ServerOptions & { status?: string; type?: string }) => {
        const path = pathWithPage(PATH, { limit, cursor, status, type });
        const page = await context.client(server).call<Page<TaskDto>>('GET', path);
        return listed(page, ['ID', 'TYPE', 'TITLE', 'STATUS', 'PROGRESS', 'SUBMITTED'], (task) => [
          task.task_id,
          task.task_type,
          task.title,
          task.status,
          `${task.progress}%`,
          moment(task.created_at),
        ]);
      },
    ),
  );
}

/** Shows the progress until the end: as a bar on a terminal, as lines elsewhere. */
async function watch(client: Client, terminal: Terminal, id: string): Promise<Answer> {
  let shownMessage: string | null = null;
  for await (const { event, data } of client.follow(at(id, '/events'))) {
    const { progress, message, status } = data as TaskProgressDto;
    const text = printable(message ?? status);
    terminal.progress(`${bar(progress)} ${text}`);
    if (!terminal.isProgressLive && message !== shownMessage) terminal.note(`${progress}% ${text}`);
    shownMessage = message;
    if (event !== 'completed' && event !== 'failed' && event !== 'cancelled') continue;
    terminal.progress('');
    const task = await client.call<TaskDto>('GET', at(id, '/status'));
    if (event === 'completed') return shown(task);
    throw new Failure(task.error?.code ?? 'TASK_CANCELLED', text);
  }
  throw unreachable('The connection broke before the end of the task.');
}

function bar(percent: number): string {
  const done = Math.round((percent / 100) * BAR_WIDTH);
  return `[${'#'.repeat(done)}${'.'.repeat(BAR_WIDTH - done)}] ${String(percent).padStart(3)}%`;
}

async function results(client: Client, id: string): Promise<Answer> {
  const found = await client.call<TaskResultsDto>('GET', at(id, '/results'));
  const { report } = found.results as { report?: string };
  return { json: found, text: printable(report ?? JSON.stringify(found.results, null, 2)).trimEnd() };
}

/** Replaces files of the same names. */
async function saveFiles(client: Client, id: string, folder = '.'): Promise<Answer> {
  const { files } = await client.call<TaskResultsDto>('GET', at(id, '/results'));
  mkdirSync(folder, { recursive: true });
  const saved: string[] = [];
  for (const { name } of files) {
    // Whatever the server says, nothing is written outside of the folder.
    const path = join(folder, basename(name));
    await client.download(at(id, `/files/${encodeURIComponent(name)}`), path);
    saved.push(path);
  }
  return {
    json: { files: saved },
    text: saved.map(printable).join('\n'),
    ...(saved.length === 0 && { note: 'The task has no files.' }),
  };
}

const submitted = (task: SubmittedTaskDto): Answer => ({
  json: task,
  text: task.task_id,
  note: `Submitted${task.estimated_duration ? `; such tasks took ${task.estimated_duration} lately` : ''}. Follow it with: parlance tasks watch ${task.task_id}`,
});

function shown(task: TaskDto): Answer {
  const { task_id: id, task_type: type, title, status, progress, progress_message: message } = task;
  const text = details({
    id,
    type,
    title,
    status,
    progress: `${progress}%`,
    message,
    submitted: moment(task.created_at),
    started: moment(task.started_at),
    ended: moment(task.completed_at),
    seconds: task.duration_seconds,
    'results until': moment(task.results_expire_at),
  });
  return { json: task, text };
}
