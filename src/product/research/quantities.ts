import { stemOf, type Span } from '../../platform/text/index.js';
import { dateAt, clockAt, type CalendarDate } from './dates.js';
import { ARTICLES, MULTIPLIERS, NUMBER_WORDS, type ClaimLanguage } from './number-words.js';
import { decimalsOf, DIGITS, valueOf } from './written-numbers.js';
import { currencyBefore, unitAfter, type Unit } from './units.js';

/** How a quantity is meant: as a limit that a rule sets, or as a bound that a description gives. */
type Bound = 'exact' | 'most' | 'least' | 'less' | 'more' | 'about';
/** Where a time lies: "from 9:00" and "until 9:00" do not contradict each other. */
type Relation = 'plain' | 'start' | 'end' | 'before' | 'after';

export interface Quantity {
  /** What it measures: 'time', 'money', 'count', 'date', 'clock', … Only equal dimensions compare. */
  dimension: string;
  /** The interval in the base unit; both ends are equal unless it is a range. */
  low: number;
  high: number;
  /** Half the last digit that is given, in the base unit: 8,849 m is 8,848.86 m. */
  precision: number;
  /** The number as written, and the unit's name and size: equal numbers of different units contradict each other. */
  written: number;
  factor: number;
  currency: string;
  /** "per month", in seconds, or the stem of another noun. */
  per: string | number | undefined;
  bound: Bound;
  relation: Relation;
  date?: CalendarDate;
  /** Whether a time of day could be in the morning or in the evening. */
  isHalfDay?: boolean;
  /** The stretch of the text that it and its prepositions take, in UTF-16 indices. */
  start: number;
  end: number;
  /** The stretch of "per minute" in "100 requests per minute". */
  rate?: Span;
}

const BOUNDS: [Bound, string][] = [
  [
    'most',
    'up to|at most|no more than|not more than|no later than|maximum(?: of)?|a maximum of|max\\.?|limited to|within|not exceeding|cannot exceed|must not exceed|' +
      'bis zu|höchstens|maximal|nicht mehr als|innerhalb von|innerhalb|binnen|spätestens|' +
      "jusqu[’'](?:à|au)|au plus|au maximum|maximum de|pas plus de|dans un délai de|sous|dans les|" +
      'hasta|como máximo|máximo de|no más de|dentro de|en un plazo de',
  ],
  [
    'least',
    'at least|no fewer than|no less than|not less than|minimum(?: of)?|a minimum of|min\\.?|mindestens|wenigstens|nicht weniger als|au moins|au minimum|minimum de|pas moins de|al menos|por lo menos|mínimo de|como mínimo|no menos de',
  ],
  [
    'less',
    'less than|fewer than|below|under|smaller than|weniger als|unter|kleiner als|moins de|inférieur à|menos de|inferior a|por debajo de',
  ],
  [
    'more',
    'more than|over|above|larger than|greater than|mehr als|über|größer als|plus de|supérieur à|más de|superior a|por encima de',
  ],
  [
    'about',
    'about|around|approximately|approx\\.?|roughly|nearly|almost|some|circa|ca\\.?|etwa|ungefähr|rund|fast|knapp|environ|près de|à peu près|presque|unos|unas|alrededor de|aproximadamente|cerca de|casi|~|≈',
  ],
];
const RELATIONS: [Relation, string][] = [
  [
    'start',
    'from|since|starting(?: on| at| in| from)?|as of|ab dem|ab|von|seit dem|seit|à partir d[eu]|dès|depuis|desde(?: el| las| la)?|a partir de',
  ],
  ['end', "until|till|through|bis zum|bis|jusqu[’'](?:à|en|au)|hasta(?: el| las| la)?|by"],
  ['before', 'before|prior to|vor dem|vor|avant(?: le)?|antes de(?:l| las| la)?'],
  ['after', 'after|following|nach dem|nach|après|después de|tras|al cabo de|au bout de'],
];
/** What may stand before a quantity without changing it. */
const PLAIN =
  'for|in|of|at|on|to|a|the|is|exactly|für|um|am|im|auf|den|dem|der|genau|pendant|de|à|le|en|el|la|las|los|durante|por|exactamente|a las|a la|exactement|total of|year|jahr|année|año';
const LEADS = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:(?:${[...BOUNDS, ...RELATIONS].map(([, words]) => words).join('|')}|${PLAIN})\s+|[~≈]\s?)+$`,
  'iu',
);
const boundsBefore = BOUNDS.map(([bound, words]) => [bound, leading(words)] as const);
const relationsBefore = RELATIONS.map(([relation, words]) => [relation, leading(words)] as const);
const AFTER_BOUND: [Bound, RegExp][] = [
  [
    'most',
    /^\s(?:or (?:less|fewer)|at most|max(?:imum)?|oder weniger|au maximum|ou moins|como máximo|o menos)(?!\p{L})/iu,
  ],
  [
    'least',
    /^\s(?:or (?:more|longer|higher)|at least|min(?:imum)?|oder mehr|au minimum|ou plus|como mínimo|o más)(?!\p{L})/iu,
  ],
];

function leading(words: string): RegExp {
  return new RegExp(String.raw`(?<![\p{L}\p{N}])(?:${words})(?:\s+(?:${PLAIN}))*\s*$`, 'iu');
}

const RANGE = String.raw`\s?[-–—]\s?|\s(?:to|and|bis|und|à|et|a|y)\s`;
/** Nouns whose number names them: "version 3", "Zimmer 12". */
const NAMED_BY_NUMBER =
  /(?<!\p{L})(?:version|plan|step|chapter|section|article|page|figure|table|room|floor|level|tier|phase|line|port|node|type|class|grade|category|zone|gate|platform|building|route|paragraph|no|number|nr|release|week|day|quarter|part|appendix|volume|question|generation|group|model|option|rule|kapitel|abschnitt|artikel|seite|abbildung|tabelle|raum|zimmer|stufe|klasse|tarif|etage|stock|gleis|linie|band|teil|schritt|nummer|gruppe|modell|woche|tag|chapitre|étape|salle|chambre|étage|ligne|niveau|classe|numéro|groupe|modèle|capítulo|artículo|paso|página|sala|habitación|planta|línea|nivel|versión|clase|número|grupo|modelo|tipo|§)\.?\s$/iu;
const PER = /^\s?(?:per|\/|pro|par|por|al|a la|à l['’]|each|every|je|jede[nrs]?|chaque|cada|a|an)\s?(?=\p{L})/iu;
const TIME_ONLY = /^\s?(?:al|a la|à l['’]|a|an|each|every|jede[nrs]?)\s?$/iu;

/** Up to three words before "per". */
const COUNTED =
  /^(?:\s[\p{L}-]+){1,3}?(?=\s?\/\s?\p{L}|\s(?:per|pro|par|por|al|each|every|je|jede[nrs]?|chaque|cada|an?)\s)/iu;

const exactly = (start: number, end: number): Quantity => ({
  dimension: 'count',
  low: 0,
  high: 0,
  precision: 0,
  written: 0,
  factor: 1,
  currency: '',
  per: undefined,
  bound: 'exact',
  relation: 'plain',
  start,
  end,
});

/** Whether something costs nothing. */
const FREE =
  /(?<!\p{L})(?:free of charge|at no (?:extra |additional )?(?:cost|charge)|for free|(?<=\b(?:is|are) (?:always |completely |entirely )?)free(?=\s*[.,;!)]|\s*$|\s+for\b|\s+of charge)|kostenlos|kostenfrei|gratis|gratuite?s?|gratuitement|gratuit[ao]s?)(?!\p{L})/giu;

/**
 * The quantities of a sentence, in order: numbers with units, numbers that count, prices, dates, times of day. Numbers that name
 * something, such as version 3, are none.
 */
export function quantitiesIn(text: string, language: ClaimLanguage): Quantity[] {
  const found: Quantity[] = [];
  let rest = text;
  const take = (quantity: Quantity): void => {
    found.push(quantity);
    rest = rest.slice(0, quantity.start) + ' '.repeat(quantity.end - quantity.start) + rest.slice(quantity.end);
  };
  for (const free of text.matchAll(FREE)) {
    take({ ...exactly(free.index, free.index + free[0].length), dimension: 'money', currency: 'any' });
  }
  for (const at of [dateAt, clockAt]) {
    for (const { start, end, ...fields } of at(rest, language)) {
      take(led(rest, { ...exactly(start, end), ...fields }));
    }
  }
  for (const quantity of numbersIn(rest, language)) take(quantity);
  return found.sort((a, b) => a.start - b.start);
}

function numbersIn(text: string, language: ClaimLanguage): Quantity[] {
  const words = [...NUMBER_WORDS[language].keys()].sort((a, b) => b.length - a.length).join('|');
  const article = language === 'en' ? '|an?' : '';
  const number = String.raw`(?<![\p{L}\p{N}_.,/:#-])(?:${DIGITS[language]})|(?<![\p{L}\p{N}_-])(?:${words}${article})(?![\p{L}\p{N}_-])`;
  const pattern = new RegExp(
    String.raw`(${number})(?:(?:${RANGE})(${number.replaceAll('(?<![\\p{L}\\p{N}_.,/:#-])', '')}))?`,
    'giu',
  );
  const quantities: Quantity[] = [];
  let last = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index < last) continue;
    const [, first = '', second] = match;
    const quantity =
      (second === undefined
        ? undefined
        : numberAt(text, match.index, { first, second, length: match[0].length, language })) ??
      numberAt(text, match.index, { first, second: undefined, length: first.length, language });
    if (!quantity) continue;
    quantities.push(quantity);
    last = quantity.end;
  }
  return quantities;
}

interface Written {
  first: string;
  second: string | undefined;
  length: number;
  language: ClaimLanguage;
}

function numberAt(text: string, index: number, { first, second, length, language }: Written): Quantity | undefined {
  const isDigits = /^\d/.test(first);
  let end = index + length;
  // "24/7", "10:30", "2024-05-05", "4K", "3x" are no numbers to compare.
  if (/^(?:[/:_]\d|[-.]\d|\p{L}{0,2}\d)/u.test(text.slice(end))) return undefined;
  const multiplier =
    isDigits || second === undefined ? MULTIPLIERS.find(([pattern]) => pattern.test(text.slice(end))) : undefined;
  const scale = multiplier?.[1] ?? 1;
  if (multiplier) end += multiplier[0].exec(text.slice(end))?.[0].length ?? 0;
  const unit = unitAfter(text.slice(end), language);
  const isArticle = second === undefined && ARTICLES[language].test(first);
  if (isArticle && (!unit || unit.unit.dimension === 'money')) return undefined;
  if (unit) end += unit.length;
  const currency = unit?.unit.dimension === 'money' ? undefined : currencyBefore(text.slice(0, index));
  const start = index - (currency?.length ?? 0);
  const measured: Unit | undefined = unit?.unit ?? currency?.unit;
  if (!measured && /^\p{L}/u.test(text.slice(end))) return undefined;
  if (!measured && isName(text, index, language)) return undefined;
  if (second !== undefined && !measured && /\s(?:and|und|et|y)\s/iu.test(text.slice(index, index + length)))
    return undefined;

  const values = [first, second ?? first].map((written) => valueOf(written, language) * scale);
  const [low = 0, high = 0] = values;
  if (low > high) return undefined;
  const factor = measured?.factor ?? 1;
  const sign = measured?.dimension === 'temperature' && /(?:^|\s)[-−]$/.test(text.slice(0, index)) ? -1 : 1;
  const per = measured?.dimension === 'share' ? undefined : perAfter(text.slice(end), language);
  const rate = per || measured ? undefined : rateAfter(text, end, language);
  const quantity: Quantity = {
    ...exactly(sign < 0 ? start - 1 : start, end + (per?.length ?? 0)),
    dimension: measured?.dimension ?? 'count',
    low: sign * low * factor,
    high: sign * high * factor,
    precision: isDigits ? (scale * factor * 10 ** -decimalsOf(first, language)) / 2 : 0,
    written: low,
    factor,
    currency: measured?.name ?? '',
    per: per?.per ?? rate?.per,
    ...(rate && { rate: rate.span }),
  };
  return led(text, quantity);
}

/** The same quantity with what the words around it say. */
function led(text: string, quantity: Quantity): Quantity {
  const before = text.slice(Math.max(0, quantity.start - 60), quantity.start);
  const lead = LEADS.exec(before)?.[0].length ?? 0;
  const after = AFTER_BOUND.flatMap(([bound, pattern]) => {
    const length = pattern.exec(text.slice(quantity.end))?.[0].length ?? 0;
    return length > 0 ? [{ bound, length }] : [];
  })[0];
  const leads = before.slice(before.length - lead);
  const isTime = quantity.dimension === 'date' || quantity.dimension === 'clock';
  const bound = after?.bound ?? (isTime ? undefined : boundsBefore.find(([, pattern]) => pattern.test(leads))?.[0]);
  const relation = relationsBefore.find(([, pattern]) => pattern.test(leads))?.[0];
  return {
    ...quantity,
    bound: bound ?? quantity.bound,
    relation: bound ? 'plain' : (relation ?? quantity.relation),
    start: quantity.start - lead,
    end: quantity.end + (after?.length ?? 0),
  };
}

/** "The 2023 report" */
const ARTICLE = /(?<!\p{L})(?:the|this|der|die|das|le|la|el)\s$/iu;

function isName(text: string, index: number, language: ClaimLanguage): boolean {
  const before = text.slice(0, index);
  if (NAMED_BY_NUMBER.test(before)) return true;
  if (/^(?:19|20)\d\d(?!\p{N})/u.test(text.slice(index)) && ARTICLE.test(before)) return true;
  const [, name = ''] = /(?<![\p{L}\p{N}])(\p{Lu}[\p{L}\p{N}]*)\s$/u.exec(before) ?? [];
  // In German, every noun has a capital.
  return name !== '' && language !== 'de' && !LEADS.test(before);
}

function perAfter(rest: string, language: ClaimLanguage): { per: string | number; length: number } | undefined {
  const [lead] = PER.exec(rest) ?? [];
  if (lead === undefined) return undefined;
  const unit = unitAfter(rest.slice(lead.length), language);
  if (unit?.unit.dimension === 'time') return { per: unit.unit.factor, length: lead.length + unit.length };
  if (TIME_ONLY.test(lead)) return undefined;
  const [noun = ''] = /^\p{L}+/u.exec(rest.slice(lead.length)) ?? [];
  return { per: stemOf(noun, language), length: lead.length + noun.length };
}

/** "per minute" after what is counted. */
function rateAfter(
  text: string,
  end: number,
  language: ClaimLanguage,
): { per: string | number; span: Span } | undefined {
  const [counted] = COUNTED.exec(text.slice(end)) ?? [];
  if (counted === undefined) return undefined;
  const start = end + counted.length;
  const found = perAfter(text.slice(start), language);
  return found && { per: found.per, span: { start, end: start + found.length } };
}
