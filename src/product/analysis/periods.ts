import type { Grain, Period, PeriodResult } from './analysis.types.js';
import { addDays, daysBetween, floorTo, move, periodBefore, periodOf, yearBefore } from './calendar.js';
import type { PeriodRequest } from './period-request.js';

/** The days that the data cover, and how many days usually lie between two with data. */
export interface TimeRange {
  first: string;
  last: string;
  usualGap: number;
}

/** What the data have of a question's period. */
export type ResolvedPeriod = Omit<PeriodResult, 'previous' | 'year_ago'>;

const NAMES: Record<Grain, string> = {
  day: 'day',
  week: 'week',
  month: 'month',
  quarter: 'quarter',
  half: 'half-year',
  year: 'year',
};

/** True if the data cover the whole period, but for the days that are usually without data. */
export function isCovered(
  { start, end }: Pick<Period, 'start' | 'end'>,
  { first, last, usualGap }: TimeRange,
): boolean {
  const slack = Math.max(1, usualGap);
  return daysBetween(last, end) <= slack && daysBetween(start, first) < slack;
}

const overlaps = ({ start, end }: Period, { first, last }: TimeRange): boolean => start <= last && end > first;

/** The last period of this length that the data cover. */
function lastComplete(grain: Grain, range: TimeRange): Period | undefined {
  const latest = periodOf(grain, floorTo(grain, range.last));
  const candidates = [latest, periodBefore(latest)];
  return candidates.find((period) => isCovered(period, range));
}

/** The period that the data give for a request. Undefined if they have no such period. */
export function resolve(request: PeriodRequest | undefined, range: TimeRange): ResolvedPeriod | undefined {
  const found = request ? requested(request, range) : chosen(range);
  if (!found || !overlaps(found.period, range)) return undefined;
  return { ...found.period, note: found.note, is_complete: isCovered(found.period, range) };
}

interface Choice {
  period: Period;
  note: string;
}

function requested(request: PeriodRequest, range: TimeRange): Choice | undefined {
  switch (request.kind) {
    case 'fixed':
      return { period: periodOf(request.grain, request.start), note: 'As requested.' };
    case 'recurring':
      return recurring(request, range);
    case 'last':
      return request.isComplete ? lastOf(request.grain, range) : current(request.grain, range);
    case 'rolling': {
      const { grain, count } = request;
      const whole = grain === 'day' ? undefined : lastComplete(grain, range);
      const end = whole?.end ?? addDays(range.last, 1);
      const note =
        grain === 'day'
          ? `The last ${count} days of the data, which end on ${range.last}.`
          : `The last ${count} complete ${NAMES[grain]}s of the data, which end on ${range.last}.`;
      return { period: periodOf(grain, move(grain, end, -count), count), note };
    }
    case 'range':
      return {
        period: days(request.start ?? range.first, addDays(request.end ?? range.last, 1)),
        note: 'As requested.',
      };
    case 'to_date':
      return {
        period: days(floorTo(request.grain, range.last), addDays(range.last, 1)),
        note: `The ${NAMES[request.grain]} to ${range.last}, the last day of the data.`,
      };
    case 'all':
      return whole(range, 'All of the data.');
  }
}

function recurring({ grain, month }: PeriodRequest & { kind: 'recurring' }, range: TimeRange): Choice {
  const inYear = (year: number): Period => periodOf(grain, `${year}-${String(month).padStart(2, '0')}-01`);
  const year = Number(range.last.slice(0, 4));
  const period = inYear(year).start > range.last ? inYear(year - 1) : inYear(year);
  return { period, note: `The latest one in the data, which end on ${range.last}.` };
}

function lastOf(grain: Grain, range: TimeRange): Choice | undefined {
  const period = lastComplete(grain, range);
  return period && { period, note: `The last complete ${NAMES[grain]} of the data, which end on ${range.last}.` };
}

const current = (grain: Grain, range: TimeRange): Choice => ({
  period: periodOf(grain, floorTo(grain, range.last)),
  note: `The latest ${NAMES[grain]} of the data, which end on ${range.last}.`,
});

/** If none is requested: the longest period of which the data have two. */
function chosen(range: TimeRange): Choice {
  for (const grain of ['year', 'quarter', 'month', 'week'] as const) {
    const period = lastComplete(grain, range);
    if (period && isStarted(periodBefore(period), range)) {
      return {
        period,
        note: `No period was requested: the last complete ${NAMES[grain]} of the data, which end on ${range.last}.`,
      };
    }
  }
  return whole(range, 'No period was requested: all of the data.');
}

const whole = ({ first, last }: TimeRange, note: string): Choice => ({ period: days(first, addDays(last, 1)), note });

/** Whole months, quarters or years if the days are such. */
function days(start: string, end: string): Period {
  for (const grain of ['year', 'quarter', 'month'] as const) {
    if (floorTo(grain, start) === start && move(grain, start, 1) === end) return periodOf(grain, start);
  }
  const count = daysBetween(start, end);
  return { ...periodOf('day', start, count), end };
}

/** The periods to compare with, as far as the data have them. */
export function baselines(period: Period, range: TimeRange): { previous: Period | null; year_ago: Period | null } {
  const previous = periodBefore(period);
  const year = yearBefore(period);
  const isLong = daysBetween(period.start, period.end) > 366;
  return {
    previous: isStarted(previous, range) ? previous : null,
    year_ago: !isLong && year.start !== previous.start && isStarted(year, range) ? year : null,
  };
}

/** The data began before it did, or with it. However sparse they are, there are some by its end. */
const isStarted = ({ start, end }: Period, { first, usualGap }: TimeRange): boolean =>
  first < end && daysBetween(start, first) < Math.max(1, usualGap);

/** The parts of a period whose values are compared with those of another one. */
export const partGrain = ({ start, end }: Period): Grain => {
  const length = daysBetween(start, end);
  return length > 300 ? 'month' : length > 60 ? 'week' : 'day';
};

/** How a series over all of the data is cut: at most some 130 points, at least 8. */
export function seriesGrain({ first, last }: TimeRange): Grain {
  const length = daysBetween(first, last) + 1;
  return length > 11 * 366 ? 'quarter' : length > 480 ? 'month' : length > 120 ? 'week' : 'day';
}
