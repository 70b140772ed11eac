import type { Grain, Period } from './analysis.types.js';

const DAY_MS = 86_400_000;
const MONTHS_PER: Partial<Record<Grain, number>> = { month: 1, quarter: 3, half: 6, year: 12 };
const MONTHS = 'January February March April May June July August September October November December'.split(' ');
/** The same weekdays of the year before. */
const WEEKS_PER_YEAR = 52;

const utc = (date: string): Date => new Date(`${date}T00:00:00Z`);
const iso = (date: Date): string => date.toISOString().slice(0, 10);

export const addDays = (date: string, days: number): string => iso(new Date(utc(date).getTime() + days * DAY_MS));

export const daysBetween = (start: string, end: string): number =>
  Math.round((utc(end).getTime() - utc(start).getTime()) / DAY_MS);

/** The first day of that month, counted from the year 0. */
const monthStart = (months: number): string =>
  `${String(Math.floor(months / 12)).padStart(4, '0')}-${String((months % 12) + 1).padStart(2, '0')}-01`;

const monthOf = (date: string): number => Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1;

/** The first day of the period of that length which contains this day. Weeks start on Monday. */
export function floorTo(grain: Grain, date: string): string {
  const months = MONTHS_PER[grain];
  if (months !== undefined) return monthStart(Math.floor(monthOf(date) / months) * months);
  return grain === 'week' ? addDays(date, -((utc(date).getUTCDay() + 6) % 7)) : date;
}

/** Moves the first day of a period by this many of its lengths. */
export function move(grain: Grain, start: string, by: number): string {
  const months = MONTHS_PER[grain];
  if (months === undefined) return addDays(start, by * (grain === 'week' ? 7 : 1));
  return `${monthStart(monthOf(start) + by * months).slice(0, 8)}${start.slice(8)}`;
}

export function labelOf(grain: Grain, start: string, count = 1): string {
  const [year, month] = [start.slice(0, 4), Number(start.slice(5, 7))];
  if (count > 1) return `${start} to ${addDays(move(grain, start, count), -1)}`;
  switch (grain) {
    case 'year':
      return year;
    case 'half':
      return `H${month > 6 ? 2 : 1} ${year}`;
    case 'quarter':
      return `Q${Math.ceil(month / 3)} ${year}`;
    case 'month':
      return `${MONTHS[month - 1]} ${year}`;
    case 'week':
      return `the week of ${start}`;
    case 'day':
      return start;
  }
}

export const periodOf = (grain: Grain, start: string, count = 1): Period => ({
  label: labelOf(grain, start, count),
  start,
  end: move(grain, start, count),
  grain,
  count,
});

/** The period of the same length right before. */
export const periodBefore = ({ grain, start, count }: Period): Period =>
  periodOf(grain, move(grain, start, -count), count);

/** The same period one year before: of weeks and days, the one with the same weekdays. */
export function yearBefore({ grain, start, count }: Period): Period {
  const months = MONTHS_PER[grain];
  if (months !== undefined) return periodOf(grain, move('month', start, -12), count);
  return periodOf(grain, addDays(start, -7 * WEEKS_PER_YEAR), count);
}

/** 1-12, or undefined if it is no month in English. */
export function monthNamed(word: string): number | undefined {
  const index = MONTHS.findIndex(
    (month) =>
      month.toLowerCase().startsWith(word.toLowerCase()) && (word.length === 3 || word.length === month.length),
  );
  return word.toLowerCase() === 'sept' ? 9 : index < 0 ? undefined : index + 1;
}
