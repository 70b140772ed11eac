import { MONTHS, type ClaimLanguage } from './number-words.js';

export interface CalendarDate {
  year?: number;
  /** 1-12 */
  month?: number;
  day?: number;
}

interface FoundTime {
  dimension: 'date' | 'clock';
  date?: CalendarDate;
  low: number;
  high: number;
  isHalfDay?: boolean;
  start: number;
  end: number;
}

const YEAR = String.raw`(?:1[5-9]\d\d|20\d\d)`;
/** What stands before a year that is no number of things. */
const BEFORE_YEAR =
  /(?<!\p{L})(?:in|since|by|until|till|before|after|from|of|during|year|early|late|mid|im jahr|jahr|seit|bis|ab|vor|nach|en|an|année|depuis|jusqu['’]en|avant|après|dès|desde|hasta|año|de|del)\s(?:the year |about |around )?$|\($/iu;

/** The dates of a sentence: days, months with a year, years. */
export function dateAt(text: string, language: ClaimLanguage): FoundTime[] {
  const months = MONTHS[language].join('|');
  const day = String.raw`(\d{1,2})(?:st|nd|rd|th|\.|er|º|o)?`;
  const link = String.raw`\s?(?:of |de |del |d['’])?`;
  const forms: [RegExp, (groups: string[]) => CalendarDate][] = [
    [/(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)/g, ([y, m, d]) => ({ year: Number(y), month: Number(m), day: Number(d) })],
    [
      /(?<!\d)(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)/g,
      ([d, m, y]) => ({ year: Number(y), month: Number(m), day: Number(d) }),
    ],
    [
      new RegExp(
        String.raw`(?<![\p{L}\p{N}])${day}\s${link}(${months})\.?(?:,?${link}\s?(${YEAR}))?(?![\p{L}\p{N}])`,
        'giu',
      ),
      ([d, m = '', y]) => ({ day: Number(d), month: monthOf(m, language), ...(y && { year: Number(y) }) }),
    ],
    [
      new RegExp(String.raw`(?<![\p{L}\p{N}])(${months})\.?\s${day}(?!\d)(?:,?\s(${YEAR}))?(?![\p{L}\p{N}])`, 'giu'),
      ([m = '', d, y]) => ({ day: Number(d), month: monthOf(m, language), ...(y && { year: Number(y) }) }),
    ],
    [
      new RegExp(String.raw`(?<![\p{L}\p{N}])(${months})\.?,?${link}\s?(${YEAR})(?![\p{L}\p{N}])`, 'giu'),
      ([m = '', y]) => ({ month: monthOf(m, language), year: Number(y) }),
    ],
    [
      new RegExp(String.raw`(?<![\p{L}\p{N}.,/-])(${YEAR})(?![\p{L}\p{N}/%]|[.,]\d|\s?(?:[-–]|to|bis)\s?\d)`, 'gu'),
      ([y]) => ({ year: Number(y) }),
    ],
  ];
  const found: FoundTime[] = [];
  let rest = text;
  for (const [index, [pattern, read]] of forms.entries()) {
    for (const match of [...rest.matchAll(pattern)]) {
      const [whole, ...groups] = match;
      const isBareYear = index === forms.length - 1;
      if (isBareYear && !isYear(text, match.index, language)) continue;
      const date = read(groups);
      if ((date.month ?? 1) > 12 || (date.day ?? 1) > 31) continue;
      const [start, end] = [match.index, match.index + whole.length];
      found.push({ dimension: 'date', date, low: 0, high: 0, start, end });
      rest = rest.slice(0, start) + ' '.repeat(whole.length) + rest.slice(end);
    }
  }
  return found;
}

/** In German a year needs no preposition, and what is counted begins with a capital. */
function isYear(text: string, index: number, language: ClaimLanguage): boolean {
  if (BEFORE_YEAR.test(text.slice(0, index))) return true;
  return language === 'de' && !/^\d{4}\s\p{Lu}/u.test(text.slice(index)) && /\p{Ll}\s$/u.test(text.slice(0, index));
}

/** The times of day of a sentence, in minutes: "9:30", "5 pm", "9 Uhr", "9 h 30", "a las 9". */
export function clockAt(text: string, language: ClaimLanguage): FoundTime[] {
  const patterns: RegExp[] = [
    /(?<![\p{N}:.,])(?<hour>\d{1,2})(?:[:.](?<minute>[0-5]\d))?\s?(?<half>[ap])\.?m\b\.?/giu,
    /(?<![\p{N}:.,])(?<hour>\d{1,2})(?:[:.](?<minute>[0-5]\d))?\s(?:uhr|o['’]clock)(?![\p{L}])/giu,
    /(?<![\p{N}:.,/])(?<hour>[01]?\d|2[0-4]):(?<minute>[0-5]\d)(?![\p{N}:])/gu,
  ];
  if (language === 'fr')
    patterns.push(
      /(?<=(?:à|de|dès|jusqu['’]à|avant|après) )(?<hour>[01]?\d|2[0-4])\s?h(?:\s?(?<minute>[0-5]\d))?(?![\p{L}\p{N}])/giu,
    );
  if (language === 'es')
    patterns.push(/(?<=\b(?:las|la) )(?<hour>\d{1,2})(?![\p{L}\p{N}:.,]|\s(?:horas de|personas|días))/giu);
  const found: FoundTime[] = [];
  let rest = text;
  for (const pattern of patterns) {
    for (const match of [...rest.matchAll(pattern)]) {
      const { hour = '', minute, half } = match.groups ?? {};
      const given = Number(hour);
      const value = half ? (given % 12) + (half.toLowerCase() === 'p' ? 12 : 0) : given;
      if (value > 24 || (half && given > 12)) continue;
      const minutes = value * 60 + Number(minute ?? 0);
      const [start, end] = [match.index, match.index + match[0].length];
      const isHalfDay = !half && minute === undefined && given <= 12 && given > 0;
      found.push({ dimension: 'clock', low: minutes, high: minutes, isHalfDay, start, end });
      rest = rest.slice(0, start) + ' '.repeat(match[0].length) + rest.slice(end);
    }
  }
  return found;
}

/** Whether two dates cannot be the same: something that both give differs. */
export function datesDiffer(one: CalendarDate, other: CalendarDate): boolean {
  const fields = ['year', 'month', 'day'] as const;
  return fields.some((field) => one[field] !== undefined && other[field] !== undefined && one[field] !== other[field]);
}

function monthOf(word: string, language: ClaimLanguage): number {
  const plain = word.toLowerCase();
  return MONTHS[language].findIndex((forms) => forms.split('|').includes(plain)) + 1;
}
