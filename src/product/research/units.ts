/** A unit: its dimension, and its size in the base unit of the dimension. */
export interface Unit {
  dimension: string;
  factor: number;
  /** Spelled so that only equal units of a dimension without conversion compare: currencies. */
  name: string;
}

const DAY = 86_400;
const YEAR = 365.25 * DAY;

/** Spellings in English, German, French and Spanish; dimension; size. Longer spellings come first. */
const UNITS: [string, string, number][] = [
  [
    'working days?|business days?|weekdays?|werktagen?|werktage|arbeitstagen?|arbeitstage|jours? ouvrables?|jours? ouvrés?|días? hábiles|días? laborables?',
    'workday',
    1,
  ],
  ['milliseconds?|ms|millisekunden?|millisecondes?|milisegundos?', 'time', 0.001],
  ['seconds?|secs?|sekunden?|secondes?|segundos?|s', 'time', 1],
  ['minutes?|mins?|minuten?|minutos?|min', 'time', 60],
  ['hours?|hrs?|stunden?|std|heures?|horas?|h', 'time', 3_600],
  ['calendar days?|days?|tagen?|tage|tag|jours?|días?|dias?', 'time', DAY],
  ['weeks?|wochen?|semaines?|semanas?', 'time', 7 * DAY],
  ['months?|monaten?|monate|monat|mois|meses|mes', 'time', YEAR / 12],
  ['years?|jahren?|jahre|jahr|ans?|années?|años?', 'time', YEAR],
  ['bytes?', 'bytes', 1],
  ['kilobytes?|kb|kib|ko', 'bytes', 1e3],
  ['megabytes?|mb|mib|mo', 'bytes', 1e6],
  ['gigabytes?|gb|gib|go', 'bytes', 1e9],
  ['terabytes?|tb|tib', 'bytes', 1e12],
  ['milligrams?|mg|milligramm', 'mass', 1e-6],
  ['kilograms?|kilogramm|kilogrammes?|kilogramos?|kilos?|kg', 'mass', 1],
  ['grams?|gramm|grammes?|gramos?|g', 'mass', 1e-3],
  ['tonnes?|tonnen?|toneladas?|t', 'mass', 1e3],
  ['pounds? of weight|lbs?', 'mass', 0.45359237],
  ['ounces?|oz', 'mass', 0.028349523],
  [
    'km/h|kph|kilometers per hour|kilometres per hour|kilometer pro stunde|kilomètres par heure|kilómetros por hora',
    'speed',
    1,
  ],
  ['mph|miles per hour', 'speed', 1.609344],
  ['millimeters?|millimetres?|millimeter|millimètres?|milímetros?|mm', 'length', 1e-3],
  ['centimeters?|centimetres?|zentimeter|centimètres?|centímetros?|cm', 'length', 1e-2],
  ['kilometers?|kilometres?|kilometern?|kilomètres?|kilómetros?|km', 'length', 1e3],
  ['square meters?|square metres?|quadratmetern?|mètres? carrés?|metros? cuadrados?|m²|m2|sqm', 'area', 1],
  ['hectares?|hektar|hectáreas?|ha', 'area', 1e4],
  ['meters?|metres?|metern?|mètres?|metros?|m', 'length', 1],
  ['miles?|meilen|millas', 'length', 1_609.344],
  ['feet|foot|ft', 'length', 0.3048],
  ['inch(?:es)?|zoll|pouces?|pulgadas?', 'length', 0.0254],
  ['milliliters?|millilitres?|milliliter|mililitros?|ml', 'volume', 1e-3],
  ['liters?|litres?|litern?|litros?|l', 'volume', 1],
  ['gallons?|gallonen|galones', 'volume', 3.785411784],
  ['°c|° c|degrees? celsius|grad celsius|degrés? celsius|grados? celsius|grad|degrés|grados', 'temperature', 1],
  ['kilowatt hours?|kilowattstunden?|kilowattheures?|kilovatios hora|kwh', 'energy', 1],
  ['megawatts?|mw', 'power', 1e6],
  ['kilowatts?|kilovatios?|kw', 'power', 1e3],
  ['watts?|vatios?|w', 'power', 1],
  ['volts?|voltios?|v', 'voltage', 1],
  ['gigahertz|ghz', 'frequency', 1e9],
  ['megahertz|mhz', 'frequency', 1e6],
  ['kilohertz|khz', 'frequency', 1e3],
  ['hertz|hz', 'frequency', 1],
  ['pixels?|píxeles|px', 'pixels', 1],
  ['percentage points?|prozentpunkten?|points de pourcentage|puntos porcentuales', 'points', 1],
  ['percent|per cent|prozent|pour cent|por ciento|%', 'share', 1],
];
const CURRENCIES: [string, string][] = [
  ['euros?|eur|€', 'EUR'],
  ['us dollars?|dollars?|us-dollar|dollar|dólares|dólar|usd|us\\$|\\$', 'USD'],
  ['pounds?|pounds sterling|gbp|£|libras?', 'GBP'],
  ['swiss francs?|schweizer franken|franken|francs? suisses?|chf', 'CHF'],
  ['yen|jpy|¥', 'JPY'],
  ['cents?|céntimos?|centimes?', 'cent'],
];
/** Spellings that could be something else: a unit only right after the number or in this case. */
const CASED = new Map([
  ['s', /^s$/],
  ['h', /^h$/],
  ['g', /^g$/],
  ['t', /^t$/],
  ['m', /^m$/],
  ['l', /^[lL]$/],
  ['w', /^W$/],
  ['v', /^V$/],
  ['an', /^ans?$/],
  ['ha', /^ha$/],
  ['go', /^Go$/],
  ['mo', /^Mo$/],
  ['ko', /^[Kk]o$/],
]);
/** Units only in this language. */
const FRENCH_ONLY = /^(?:ans?|go|mo|ko)$/i;

const all: [RegExp, Unit][] = [
  ...UNITS.map(([pattern, dimension, factor]): [RegExp, Unit] => [ending(pattern), { dimension, factor, name: '' }]),
  ...CURRENCIES.map(([pattern, name]): [RegExp, Unit] => [ending(pattern), { dimension: 'money', factor: 1, name }]),
];
const before = CURRENCIES.map(([pattern, name]): [RegExp, Unit] => [
  new RegExp(String.raw`(?<![\p{L}])(?:${pattern})\s?$`, 'iu'),
  { dimension: 'money', factor: 1, name },
]);

function ending(pattern: string): RegExp {
  return new RegExp(String.raw`^[\s-]?(${pattern})(?![\p{L}\p{N}])`, 'iu');
}

/** The unit at the beginning of what follows a number. */
export function unitAfter(rest: string, language: string): { unit: Unit; length: number } | undefined {
  let best: { unit: Unit; length: number } | undefined;
  for (const [pattern, unit] of all) {
    const [whole = '', spelled = ''] = pattern.exec(rest) ?? [];
    if (whole.length <= (best?.length ?? 0)) continue;
    if (FRENCH_ONLY.test(spelled) && language !== 'fr') continue;
    if (CASED.get(spelled.toLowerCase())?.test(spelled) === false) continue;
    best = { unit, length: whole.length };
  }
  return best;
}

/** The currency right before a number. */
export function currencyBefore(text: string): { unit: Unit; length: number } | undefined {
  for (const [pattern, unit] of before) {
    const found = pattern.exec(text);
    if (found) return { unit, length: found[0].length };
  }
  return undefined;
}
