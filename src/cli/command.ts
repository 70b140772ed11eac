import { InvalidArgumentError, Option, type Command } from 'commander';
import { exitCodes } from './failure.js';
import type { Answer } from './output.js';
import type { Terminal } from './terminal.js';

/** A group of commands, such as `parlance keys`. */
export const group = (parent: Command, name: string, summary: string): Command =>
  parent.command(name).description(summary);

/** A command, with the examples that its help ends with. */
export function leaf(parent: Command, usage: string, summary: string, examples: string[]): Command {
  const lines = examples.map((example) => `  $ parlance ${example}`);
  return parent
    .command(usage)
    .description(summary)
    .option('--json', 'print one JSON document, for programs')
    .addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** An action that prints what it answers, as it was asked to. */
export function printing<Parameters extends unknown[]>(
  { terminal }: { terminal: Terminal },
  action: (...parameters: Parameters) => Promise<Answer | void>,
): (...parameters: Parameters) => Promise<void> {
  return async (...parameters) => {
    const answer = await action(...parameters);
    if (!answer) return;
    const command = parameters.at(-1) as Command;
    terminal.print(command.opts<{ json?: boolean }>().json ? JSON.stringify(answer.json, null, 2) : answer.text);
    process.exitCode = answer.exitCode ?? exitCodes.ok;
  };
}

export interface PageOptions {
  limit: string;
  cursor?: string;
}

export const withPage = (command: Command): Command =>
  command
    .option('--limit <count>', 'how many to list, 1-100', '20')
    .option('--cursor <cursor>', 'where the page before ended');

export const pathWithPage = (path: string, query: Record<string, string | undefined>): string => {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${path}?${new URLSearchParams(given).toString()}`;
};

export interface ServerOptions {
  url?: string;
  profile?: string;
}

/** For what talks to a server. */
export const withServer = (command: Command): Command =>
  command
    .addOption(new Option('--url <url>', 'the server; PARLANCE_URL if left out').conflicts('profile'))
    .option('--profile <name>', 'a profile that `parlance login` has made');

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** `90s`, `30m`, `12h`, `7d`: in seconds. */
export function parseDuration(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (!count) throw new InvalidArgumentError('Give a number with its unit, such as 30m, 12h or 7d.');
  return Number(count) * UNITS[unit as keyof typeof UNITS];
}

/** A moment, or a time from now: as ISO 8601. */
export function parseMoment(text: string): string {
  return /^\d+[smhd]$/.test(text) ? new Date(Date.now() + parseDuration(text) * 1000).toISOString() : text;
}

export const parseList = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);

export const parseCount = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
};
