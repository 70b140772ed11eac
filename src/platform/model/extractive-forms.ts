import { ENGLISH } from './extractive-synonyms.js';

/** The kind of information that an answer must contain. */
export type AnswerType = 'price' | 'duration' | 'frequency' | 'time' | 'number' | 'person';

/** What asks for each kind of answer, in English, German, French, Spanish, Japanese and Arabic. */
const TYPES: [AnswerType, RegExp][] = [
  [
    'price',
    /\bhow (?:much|expensive)\b.*\b(?:costs?|price|pay|fee|charge)|\bwhat (?:does|do|is|are|will)\b.*\b(?:costs?|prices?|fee)\b|\bhow expensive\b|\bkostet\b|\bcombien coûte|\bcu[aá]nto cuesta|いくら/i,
  ],
  [
    'duration',
    /\bhow (?:long|soon|fast|quickly)\b(?!(?<=fast) (?:is|are|was|were)\b)|\bwie lange\b|\bcombien de temps\b|\bcu[aá]nto (?:tiempo|dura|tarda)\b|何(?:時間|日|週間|か月|年)|كم من الوقت|كم (?:ساعة|يوم|أسبوع|شهر|سنة)/i,
  ],
  ['frequency', /\bhow (?:often|frequently)\b/i],
  [
    'time',
    /\b(?:when|what (?:time|date|day|year)|(?:which|what|in which|in what) (?:year|month|day|date))\b(?! (?:i|you|we|the|a|an|it|my)\b)/i,
  ],
  [
    'number',
    /\bhow fast (?:is|are|was|were)\b|\bhow (?:many|much|big|large|high|tall|old|far|deep|wide|heavy)\b|\bwhat (?:number|percentage|size|fraction)\b|\bphone number\b|\b(?:from|above|below|up to|after|at|with|over|under) (?:which|what) (?:\p{L}+ )?(?:size|speed|age|amount|temperature|weight|height|length|value|price)\b|\bwie viele\b|\bcombien d(?:e |['’])|\bcu[aá]nt[oa]s\b|何[人個冊台本枚回件]|كم عدد/iu,
  ],
  [
    'person',
    /^who (?:is|was|are|were|wrote|founded|started|designed|made|invented|created|built|maintains?|runs|owns|leads)\b/i,
  ],
];

const COUNTED = [
  /\bhow many (?:of the |of your |different |more )?(\p{L}+)/iu,
  /\bwie viele (?:verschiedene )?(\p{L}+)/iu,
  /\bcombien d(?:e |['’])(\p{L}+)/iu,
  /\bcu[aá]nt[oa]s (\p{L}+)/iu,
  /كم عدد (\p{L}+)/u,
];

const UNIT = String.raw`(?:ms|milliseconds?|s|secs?|seconds?|mins?|minutes?|h|hours?|days?|weeks?|months?|years?|nights?)`;
const NUMBER = String.raw`(?:\d[\d.,]*|an?|half|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety|hundred|several|few)`;
/** Units of time in the other languages. Whatever precedes them says how many. */
const FOREIGN_UNIT = String.raw`(?:sekunden?|minuten?|stunden?|tage?n?|wochen?|monate?n?|jahre?n?|secondes?|heures?|jours?|semaines?|mois|ans|années?|segundos?|minutos?|horas?|d[ií]as?|semanas?|mes(?:es)?|años?|ثوان|ثانية|دقائق|دقيقة|ساعات|ساعة|أيام|يوما|يوم|أسابيع|أسبوعا|أسبوع|أشهر|شهرا|شهر|سنوات|سنة)`;
const FOREIGN_DURATION = String.raw`(?<=[\p{L}\p{N}] )${FOREIGN_UNIT}(?![\p{L}\p{M}])|(?<!\p{L})(?:sofort|unbegrenzt|immédiatement|inmediatamente)(?!\p{L})|[\p{N}一二三四五六七八九十百]+(?:秒|分|時間|日間?|週間|[かヶカ]月間?|年間?)`;
const DURATION = new RegExp(
  String.raw`\b${NUMBER}[ -]?(?:an? |of an |full |working |business |calendar |consecutive )*${UNIT}\b|\b(?:immediately|at once|instantly|forever|until|never|unlimited|permanently|no limit|no timeout|indefinitely)\b|\bDefault: .?\d`,
  'i',
);
const WITH_UNIT = new RegExp(
  String.raw`\b${NUMBER}[ -]?(?:${UNIT}\b|%|percent\b|EUR\b|USD\b|[KMGT]i?B\b|o['’]clock\b)`,
  'gi',
);
const WITH_FOREIGN_UNIT = new RegExp(String.raw`[\p{L}\p{N}]+ ${FOREIGN_UNIT}(?![\p{L}\p{M}])`, 'giu');
const COUNTS_UNITS = new RegExp(
  String.raw`\bhow many (?:\p{L}+ )?(?:${UNIT}|euros?|dollars?|percent|bytes|[kmgt]i?b)\b|(?:\bwie viele|\bcombien (?:de|d['’])|\bcu[aá]nt[oa]s|كم عدد) ?${FOREIGN_UNIT}(?![\p{L}\p{M}])`,
  'iu',
);
const FOREIGN_NUMBER = String.raw`zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|zwanzig|dreißig|tausend|kein(?:e|en|er)?|deux|trois|quatre|cinq|sept|huit|neuf|dix|onze|douze|quinze|vingt|trente|mille|aucune?|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|veinte|treinta|cien(?:to)?|mil|ning[uú]n[oa]?`;

const FITS: Record<AnswerType, RegExp> = {
  price:
    /[€$£¥₹]|\b\d[\d.,]*\s*(?:%|percent|[A-Z]{3}\b|euros?|dollars?|pounds?|cents?|francs?|yen)|\bfree\b|\bno (?:charge|cost)|\bon request\b|\b(?:gratis|gratuit\p{L}*|kostenlos|kostenfrei)|[円元]|درهم|ريال|دينار/iu,
  duration: DURATION,
  frequency:
    /\b(?:every|each|daily|hourly|weekly|biweekly|monthly|quarterly|yearly|annually|once|twice|times|per|always|never|rarely|continuously)\b/i,
  time: /\d|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b|\b(?:after|before|until|at|once|when|whenever|while|during|immediately|as soon as|if|first|last|end|upon|right)\b/i,
  number:
    /\d|\b(?:zero|none|no(?!-)|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|hundred|thousand|million|unlimited|infinity|several|half)\b/i,
  person: /\p{Lu}\p{L}+ \p{Lu}\p{L}+|\bby \p{Lu}|\b(?:owner|admin|team|nobody|everyone|anyone|who|members?|users?)\b/u,
};

/** What other languages say beside that. English has the same spellings with other meanings, such as "once" and "minute". */
const FOREIGN_FITS: Partial<Record<AnswerType, RegExp>> = {
  duration: new RegExp(FOREIGN_DURATION, 'iu'),
  number: new RegExp(
    String.raw`\p{N}|(?<!\p{L})(?:${FOREIGN_NUMBER})(?!\p{L})|[一二三四五六七八九十百千万]|(?:ثلاث|أربع|خمس|ست|سبع|ثماني?|تسع|عشر)[ةو]?(?!\p{L})|مئة|مائة|ألف`,
    'iu',
  ),
};

export const typeOf = (question: string): AnswerType | undefined =>
  TYPES.find(([, pattern]) => pattern.test(question))?.[0];

/** The noun that is counted: "books" of "How many books …?" */
export function countedIn(question: string): string | undefined {
  for (const pattern of COUNTED) {
    const noun = pattern.exec(question)?.[1];
    if (noun) return noun;
  }
  return undefined;
}

/** Whether a text has the required form. A number of hours is not a number of things. */
export function fits(
  text: string,
  type: AnswerType,
  { question, language }: { question: string; language: string },
): boolean {
  const isForeign = language !== ENGLISH;
  const has = (part: string): boolean =>
    FITS[type].test(part) || (isForeign && FOREIGN_FITS[type]?.test(part) === true);
  if (!has(text)) return false;
  if (type !== 'number' || countedIn(question) === undefined || COUNTS_UNITS.test(question)) return true;
  const rest = text.replace(WITH_UNIT, ' ');
  return has(isForeign ? rest.replace(WITH_FOREIGN_UNIT, ' ') : rest);
}
