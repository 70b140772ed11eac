/** The languages whose negation, modal verbs and numbers are known. */
export const CLAIM_LANGUAGES = ['en', 'de', 'fr', 'es'] as const;
export type ClaimLanguage = (typeof CLAIM_LANGUAGES)[number];

const listed = (words: string, first = 0, step = 1): [string, number][] =>
  words
    .split(' ')
    .flatMap((forms, place) => forms.split('|').map((form): [string, number] => [form, first + place * step]));

/** Tens and units, and how a language joins them: "twenty-five", "fünfundzwanzig", "vingt-cinq", "treinta y cinco". */
function joined(
  units: [string, number][],
  tens: [string, number][],
  join: (ten: string, unit: string) => string,
): [string, number][] {
  return tens.flatMap(([ten, value]) =>
    units
      .filter(([, unit]) => unit > 0 && unit < 10)
      .map(([word, unit]): [string, number] => [join(ten, word), value + unit]),
  );
}

function numbers(
  small: string,
  tens: string,
  larger: [string, number][],
  join: (ten: string, unit: string) => string,
): Map<string, number> {
  const units = listed(small);
  const decades = listed(tens, 20, 10);
  return new Map([...units, ...decades, ...joined(units, decades, join), ...larger]);
}

/** Numbers that are written as words. */
export const NUMBER_WORDS: Record<ClaimLanguage, Map<string, number>> = {
  en: numbers(
    'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen',
    'twenty thirty forty fifty sixty seventy eighty ninety',
    [
      ['a hundred', 100],
      ['one hundred', 100],
      ['a thousand', 1_000],
      ['one thousand', 1_000],
      ['a dozen', 12],
    ],
    (ten, unit) => `${ten}-${unit}`,
  ),
  de: numbers(
    'null eins|ein|eine|einen|einem|einer zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn',
    'zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig',
    [
      ['hundert', 100],
      ['tausend', 1_000],
    ],
    (ten, unit) => `${unit === 'eins' ? 'ein' : unit}und${ten}`,
  ),
  fr: numbers(
    'zéro un|une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf',
    'vingt trente quarante cinquante soixante soixante-dix quatre-vingts quatre-vingt-dix',
    [
      ['cent', 100],
      ['mille', 1_000],
    ],
    (ten, unit) => `${ten}-${unit}`,
  ),
  es: numbers(
    'cero uno|un|una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve',
    'veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa',
    [
      ...listed(
        'veintiuno|veintiún veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete veintiocho veintinueve',
        21,
      ),
      ['cien', 100],
      ['mil', 1_000],
    ],
    (ten, unit) => `${ten} y ${unit}`,
  ),
};

/** Words that count only before a unit: "a week" is seven days, "a plan" is no number. */
export const ARTICLES: Record<ClaimLanguage, RegExp> = {
  en: /^(?:an?|one)$/i,
  de: /^ein(?:e[nmr]?)?$/i,
  fr: /^une?$/i,
  es: /^una?$/i,
};

export const MULTIPLIERS: [RegExp, number][] = [
  [/^\s?(?:thousand|tausend|Tsd\.?|mille|mil)(?![\p{L}])/iu, 1e3],
  [/^\s?(?:millions?|millionen|mio\.?|mn|millones|millón)(?![\p{L}])(?:\s(?:de|d['’]))?/iu, 1e6],
  [/^\s?(?:billions?|milliarden?|mrd\.?|bn|milliards?|mil millones)(?![\p{L}])(?:\s(?:de|d['’]))?/iu, 1e9],
];

export const MONTHS: Record<ClaimLanguage, string[]> = {
  en: 'january|jan february|feb march|mar april|apr may june|jun july|jul august|aug september|sept|sep october|oct november|nov december|dec'.split(
    ' ',
  ),
  de: 'januar|jänner|jan februar|feb märz april|apr mai juni juli august|aug september|sep oktober|okt november|nov dezember|dez'.split(
    ' ',
  ),
  fr: 'janvier février mars avril mai juin juillet août septembre octobre novembre décembre'.split(' '),
  es: 'enero febrero marzo abril mayo junio julio agosto septiembre|setiembre octubre noviembre diciembre'.split(' '),
};
