import type { Grain } from './analysis.types.js';
import { monthNamed } from './calendar.js';

/** A period in words, before it is known which days the data cover. */
export type PeriodRequest =
  | { kind: 'fixed'; grain: Grain; start: string }
  /** Without a year: the latest one in the data. */
  | { kind: 'recurring'; grain: 'quarter' | 'half' | 'month'; month: number }
  /** The last complete period of this length, or the last one even if it is incomplete. */
  | { kind: 'last'; grain: Grain; isComplete: boolean }
  /** The last `count` of these before the end of the data. */
  | { kind: 'rolling'; grain: Grain; count: number }
  | { kind: 'range'; start?: string; end?: string }
  | { kind: 'to_date'; grain: Grain }
  | { kind: 'all' };

const GRAIN = '(day|week|month|quarter|half[ -]?year|half|year)';
const DAY = String.raw`(\d{4}-\d{2}-\d{2})`;
const MONTH =
  '(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';
const ORDINALS = ['first', 'second', 'third', 'fourth'];
const NUMBERS = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];
const COUNT = String.raw`(\d{1,4}|${NUMBERS.join('|')})`;

type Reading = [pattern: string, read: (...groups: string[]) => PeriodRequest | undefined];

const grainOf = (word: string): Grain => (word.startsWith('half') ? 'half' : (word as Grain));
const countOf = (word: string): number => NUMBERS.indexOf(word) + 1 || Number(word);
const first = (year: string, month: number): string => `${year}-${String(month).padStart(2, '0')}-01`;
const quarter = (number: string): number => 3 * Number(number) - 2;
const half = (number: string): number => 6 * Number(number) - 5;
const monthly = (name: string): number => monthNamed(name.slice(0, name.startsWith('sept') ? 4 : 3)) as number;
const fixed = (grain: Grain, year: string, month = 1): PeriodRequest => ({
  kind: 'fixed',
  grain,
  start: first(year, month),
});
const day = (date: string): string | undefined =>
  new Date(`${date}T00:00:00Z`).toJSON()?.slice(0, 10) === date ? date : undefined;

const rolling = (count = '', grain = ''): PeriodRequest | undefined =>
  countOf(count) > 0 ? { kind: 'rolling', grain: grainOf(grain), count: countOf(count) } : undefined;

const last = (grain = '', isComplete = true): PeriodRequest => ({
  kind: 'last',
  grain: grainOf(grain),
  isComplete,
});

/** In order: the first one that matches is taken. */
const READINGS: Reading[] = [
  [
    `(?:from |between )?${DAY}(?: ?(?:\\.\\.|to|until|and|-|–|/) ?)${DAY}`,
    (start, end) => (day(start) && day(end) ? { kind: 'range', start, end } : undefined),
  ],
  [`since ${DAY}`, (start) => (day(start) ? { kind: 'range', start } : undefined)],
  [String.raw`since (\d{4})-(\d{2})\b`, (year, month) => ({ kind: 'range', start: first(year, Number(month)) })],
  [String.raw`since (\d{4})\b`, (year) => ({ kind: 'range', start: first(year, 1) })],
  [DAY, (date) => (day(date) ? { kind: 'fixed', grain: 'day', start: date } : undefined)],
  [String.raw`q([1-4])[ -]?(\d{4})`, (number, year) => fixed('quarter', year, quarter(number))],
  [String.raw`(\d{4})[ -]?q([1-4])`, (year, number) => fixed('quarter', year, quarter(number))],
  [String.raw`h([12])[ -]?(\d{4})`, (number, year) => fixed('half', year, half(number))],
  [String.raw`(\d{4})[ -]?h([12])`, (year, number) => fixed('half', year, half(number))],
  [
    String.raw`(${ORDINALS.join('|')}) quarter(?: of)? (\d{4})`,
    (word, year) => fixed('quarter', year, 3 * ORDINALS.indexOf(word) + 1),
  ],
  [String.raw`(first|second) half(?: of)? (\d{4})`, (word, year) => fixed('half', year, word === 'first' ? 1 : 7)],
  [String.raw`${MONTH},? (\d{4})`, (name, year) => fixed('month', year, monthly(name))],
  [String.raw`(\d{4})-(0[1-9]|1[0-2])(?!-?\d)`, (year, month) => fixed('month', year, Number(month))],
  [`(?:last|past|previous|most recent|latest) ${COUNT} ${GRAIN}s?`, (count, grain) => rolling(count, grain)],
  [`(?:year|ytd)[ -]to[ -]date|ytd`, () => ({ kind: 'to_date', grain: 'year' })],
  [`(quarter|month)[ -]to[ -]date`, (grain) => ({ kind: 'to_date', grain: grain as Grain })],
  [`(?:last|past|previous|most recent|latest) ${GRAIN}`, (grain) => last(grain, true)],
  [`(?:this|current) ${GRAIN}`, (grain) => last(grain, false)],
  [`yesterday|last day`, () => last('day', true)],
  [`all(?: time| data| years| periods)|entire period|whole period|everything`, () => ({ kind: 'all' })],
  [`q([1-4])`, (number) => ({ kind: 'recurring', grain: 'quarter', month: quarter(number) })],
  [
    `(${ORDINALS.join('|')}) quarter`,
    (word) => ({ kind: 'recurring', grain: 'quarter', month: 3 * ORDINALS.indexOf(word) + 1 }),
  ],
  [`h([12])`, (number) => ({ kind: 'recurring', grain: 'half', month: half(number) })],
  [`(?:in|for|of|during) ${MONTH}`, (name) => ({ kind: 'recurring', grain: 'month', month: monthly(name) })],
];

const YEAR = /(?<![\d.,$€£-])((?:19|20)\d{2})(?![\d.,]?\d|-?\d| ?(?:orders|rows|customers|units|%))/;

const normalized = (text: string): string => text.toLowerCase().replaceAll('_', ' ').replace(/\s+/g, ' ').trim();

/** The period that a text names, if any. */
export function periodIn(text: string): PeriodRequest | undefined {
  const line = normalized(text);
  for (const [pattern, read] of READINGS) {
    const match = new RegExp(`(?<![\\p{L}\\d])(?:${pattern})(?![\\p{L}\\d])`, 'u').exec(line);
    const request = match && read(...match.slice(1));
    if (request) return request;
  }
  const [, year] = YEAR.exec(line) ?? [];
  return year === undefined ? undefined : fixed('year', year);
}

/** A period and nothing else, such as `Q4_2024`. Undefined if it cannot be read. */
export function parsePeriod(text: string): PeriodRequest | undefined {
  const line = normalized(text).replace(/^the /, '');
  if (line === 'all') return { kind: 'all' };
  if (/^(?:19|20)\d{2}$/.test(line)) return fixed('year', line);
  const alone = new RegExp(`^${MONTH}$`).exec(line);
  if (alone) return { kind: 'recurring', grain: 'month', month: monthly(alone[1] as string) };
  for (const [pattern, read] of READINGS) {
    const match = new RegExp(`^(?:${pattern})$`, 'u').exec(line);
    const request = match && read(...match.slice(1));
    if (request) return request;
  }
  return undefined;
}
