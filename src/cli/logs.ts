import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { RequestLogDto } from '../insight/request-logs/index.js';
import type { Page } from '../platform/paging/index.js';
import type { Client } from './client.js';
import {
  group,
  leaf,
  parseDurationWithin,
  parseWhole,
  pathWithPage,
  printing,
  withServer,
  type ServerOptions,
} from './command.js';
import type { Context } from './context.js';
import { exitCodes, toFailure } from './failure.js';
import { printable } from './output.js';

const PATH = '/api/v1/request-logs';
const MOST_LINES = 100;

/**
 * An entry appears some seconds after its request ended, and each process writes at its own time: entries that appear later
 * may be older. So each poll looks back this far, and omits the entries already shown.
 */
const LOOK_BACK_MS = 10_000;

interface TailOptions extends ServerOptions {
  status?: string;
  method?: string;
  route?: string;
  lines: number;
  interval: number;
  follow: boolean;
  json?: boolean;
}

export function addLogs(program: Command, context: Context): void {
  const logs = group(program, 'logs', 'the request log of the organization');
  const tail = leaf(logs, 'tail', 'show the latest requests and follow new ones until Ctrl-C', [
    'logs tail',
    'logs tail --status 4xx',
    'logs tail --lines 100 --no-follow --json | jq .path',
  ])
    .option('--status <status>', 'only this status (404) or class (4xx)')
    .option('--method <method>', 'only this method')
    .option('--route <pattern>', 'only this route, such as /api/v1/knowledge/:id')
    .option(
      '--lines <count>',
      `number of earlier requests to show first, 0-${MOST_LINES}`,
      parseWhole(0, MOST_LINES),
      10,
    )
    .option('--interval <time>', 'time between two polls, 1s to 1h', parseDurationWithin('1s', '1h'), 2)
    .option('--no-follow', 'end after the earlier requests')
    .addHelpText('after', '\nRequests of logs tail itself are left out. --json prints one document per line.');
  withServer(tail).action(
    printing(context, async (options: TailOptions) => {
      const follower = new Follower(context.client(options), options, context.userAgent);
      const print = (entries: RequestLogDto[]): void => {
        for (const entry of entries) context.terminal.print(options.json ? JSON.stringify(entry) : lineOf(entry));
      };
      print(await follower.latest(options.lines));
      while (options.follow) {
        await sleep(options.interval * 1000);
        print(await follower.next().catch((error: unknown) => outage(context, error)));
      }
    }),
  );
}

/** Waits if the server is restarting; any other failure ends the command. */
function outage({ terminal }: Context, error: unknown): RequestLogDto[] {
  const { exitCode, message } = toFailure(error);
  if (exitCode !== exitCodes.unreachable) throw error;
  terminal.note(`${message} Trying again…`);
  return [];
}

/** Every entry of the request log once, in the order of appearance. */
class Follower {
  /** Shown entries that a poll may return again, with their time in ms since 1970. */
  private readonly shown = new Map<string, number>();
  private newest = 0;

  constructor(
    private readonly client: Client,
    private readonly filter: Pick<TailOptions, 'status' | 'method' | 'route'>,
    private readonly userAgent: string,
  ) {}

  /** The last entries so far, oldest first. Earlier ones are never shown. */
  async latest(count: number): Promise<RequestLogDto[]> {
    const entries = this.take(await this.list({}, (found) => this.isEnough(found, count)));
    return count === 0 ? [] : entries.slice(-count);
  }

  async next(): Promise<RequestLogDto[]> {
    const since = new Date(Math.max(0, this.newest - LOOK_BACK_MS)).toISOString();
    return this.take(await this.list({ since }, () => false));
  }

  /** Reads page by page until there are no more, or enough entries have been found. */
  private async list(
    query: { since?: string },
    isEnough: (found: RequestLogDto[]) => boolean,
  ): Promise<RequestLogDto[]> {
    const { status, method, route } = this.filter;
    const found: RequestLogDto[] = [];
    let cursor: string | undefined;
    do {
      const path = pathWithPage(PATH, { status, method, route, ...query, cursor, limit: '100' });
      const page: Page<RequestLogDto> = await this.client.call('GET', path);
      found.push(...page.data);
      cursor = page.next_cursor ?? undefined;
    } while (cursor && !isEnough(found));
    return found;
  }

  /** The entries of a listing (newest first) that were not shown yet, oldest first. */
  private take(listed: RequestLogDto[]): RequestLogDto[] {
    const fresh = listed.filter(({ id }) => !this.shown.has(id)).reverse();
    for (const { id, created_at: created } of fresh) {
      const madeAt = Date.parse(created);
      this.shown.set(id, madeAt);
      this.newest = Math.max(this.newest, madeAt);
    }
    for (const [id, madeAt] of this.shown) if (madeAt < this.newest - LOOK_BACK_MS) this.shown.delete(id);
    return fresh.filter((entry) => !this.isOwn(entry));
  }

  /** True once no later poll looks back beyond these entries, and enough of them are shown. */
  private isEnough(found: RequestLogDto[], count: number): boolean {
    return isBefore(found.at(-1), found[0]) && found.filter((entry) => !this.isOwn(entry)).length >= count;
  }

  private isOwn({ route, user_agent: userAgent }: RequestLogDto): boolean {
    return route === PATH && userAgent === this.userAgent;
  }
}

/** Returns true if no later poll looks back to the entry. */
const isBefore = (entry: RequestLogDto | undefined, newest: RequestLogDto | undefined): boolean =>
  !entry || !newest || Date.parse(entry.created_at) < Date.parse(newest.created_at) - LOOK_BACK_MS;

function lineOf(entry: RequestLogDto): string {
  const { created_at: created, method, status, duration_ms: duration, path, error_code: code } = entry;
  const time = `${created.slice(0, 19).replace('T', ' ')}Z`;
  const ms = `${Math.round(duration)} ms`.padStart(8);
  return `${time}  ${status}  ${ms}  ${method.padEnd(6)}  ${printable(path)}${code ? `  ${code}` : ''}`;
}
