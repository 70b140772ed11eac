import { InvalidArgumentError, Option, type Command } from 'commander';
import { exitCodes } from './failure.js';
import type { Answer } from './output.js';
import type { Terminal } from './terminal.js';

/** A group of commands, such as `parlance keys`. */
export const group = (parent: Command, name: string, summary: string): Command =>
  parent.command(name).description(summary);

/** A command, with the examples at the end of its help. */
export function leaf(parent: Command, usage: string, summary: string, examples: string[]): Command {
  const lines = examples.map((example) => `  $ parlance ${example}`);
  return parent
    .command(usage)
    .description(summary)
    .option('--json', 'print JSON, for programs')
    .addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** An action that prints its result, as text or as JSON. */
export function printing<Parameters extends unknown[]>(
  { terminal }: { terminal: Terminal },
  action: (...parameters: Parameters) => Promise<Answer | void>,
): (...parameters: Parameters) => Promise<void> {
  return async (...parameters) => {
    const answer = await action(...parameters);
    if (!answer) return;
    const { json: isJson } = (parameters.at(-1) as Command).opts<{ json?: boolean }>();
    terminal.print(isJson ? JSON.stringify(answer.json, null, 2) : answer.text);
    if (answer.note && !isJson) terminal.note(answer.note);
    process.exitCode = answer.exitCode ?? exitCodes.ok;
  };
}

export interface PageOptions {
  limit: string;
  cursor?: string;
}

export const withPage = (command: Command): Command =>
  command
    .option('--limit <count>', 'number of entries, 1-100', '20')
    .option('--cursor <cursor>', 'start after the previous page: its next_cursor');

export const pathWithPage = (path: string, query: Record<string, string | undefined>): string => {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${path}?${new URLSearchParams(given).toString()}`;
};

export interface ServerOptions {
  url?: string;
  profile?: string;
}

/** Adds the options of commands that call a server. */
export const withServer = (command: Command): Command =>
  command
    .addOption(new Option('--url <url>', 'the server; default: PARLANCE_URL').conflicts('profile'))
    .option('--profile <name>', 'a profile created by parlance login');

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const DURATION = /^(\d{1,6})([smhd])$/;

/** Parses `90s`, `30m`, `12h` or `7d`; returns seconds. */
export function parseDuration(text: string): number {
  const [, count, unit] = DURATION.exec(text) ?? [];
  if (!count) throw new InvalidArgumentError('Use a number and a unit, such as 30m, 12h or 7d.');
  return Number(count) * UNITS[unit as keyof typeof UNITS];
}

/** Parses a duration within bounds. */
export const parseDurationWithin =
  (least: string, most: string) =>
  (text: string): number => {
    const seconds = parseDuration(text);
    if (seconds >= parseDuration(least) && seconds <= parseDuration(most)) return seconds;
    throw new InvalidArgumentError(`Use a time from ${least} to ${most}.`);
  };

const DAY = /^\d{4}-\d\d-\d\d/;

/** Parses a date, a timestamp or a duration from now; returns ISO 8601. */
export function parseMoment(text: string): string {
  if (DURATION.test(text)) return new Date(Date.now() + parseDuration(text) * 1000).toISOString();
  if (DAY.test(text) && !Number.isNaN(Date.parse(text))) return text;
  throw new InvalidArgumentError('Use a time from now such as 90d or 12h, a date, or a timestamp in ISO 8601.');
}

export const parseList = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);

/** Parses an integer within bounds. */
export const parseWhole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Use a whole number from ${least} to ${most}.`);
  };

export const parseCount = parseWhole(0, 999_999_999);
