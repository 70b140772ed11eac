import { splitSentences, terms } from '../../platform/text/index.js';

/** UTF-16 units of a part that is one question. */
const MAX_PART = 300;
/** A longer phrase is a sentence and no list. */
const MAX_LIST_WORDS = 14;

/** What asks for research and names no subject: "Please research the latest trends in …". */
const FRAMES = [
  /^(?:please\s+)?(?:research|investigate|explore|analy[sz]e|examine|study|summari[sz]e|review|report on|write (?:a report )?(?:about|on)|find out (?:about)?|tell me (?:all |everything )?(?:about)?|what do we know about)\s+(?:the\s+)?/i,
  /^(?:the\s+)?(?:(?:latest|recent|current|newest|key|main|general|brief)\s+)*(?:trends?|developments?|news|overview|summary|introduction|state of the art|facts|information|research|findings|insights|literature|everything|advances)\s+(?:in|of|on|about|for|regarding|to)\s+(?:the\s+)?/i,
  /^(?:bitte\s+)?(?:(?:aktuelle|neueste|neue|wichtigste)\s+)*(?:trends?|entwicklungen|überblick|zusammenfassung|informationen|alles)\s+(?:in|im|bei|beim|zu|zum|zur|über|von)\s+(?:(?:der|die|das|den|dem)\s+)?/i,
  /^(?:les\s+)?(?:(?:dernières|derniers|principales|principaux)\s+)?(?:tendances|nouvelles|informations|aperçu|résumé|développements)\s+(?:(?:actuelles|récentes)\s+)?(?:en|dans|sur|de|du|des|d['’])\s*(?:(?:la|le|les|l['’])\s*)?/i,
  /^(?:las\s+|los\s+)?(?:(?:últimas|últimos|principales)\s+)?(?:tendencias|novedades|información|resumen|avances)\s+(?:(?:actuales|recientes)\s+)?(?:en|de|sobre|del)\s+(?:(?:la|el|los|las)\s+)?/i,
  /\s+(?:trends?|overview|in general|im überblick|en général|en general)$/i,
];
const VERSUS = /\s+(?:versus|vs\.?|compared (?:to|with)|im vergleich zu|gegenüber|comparé à|frente a|oder|or)\s+/i;
const LIST = /\s*,\s*(?:(?:and|und|et|y|or|oder|ou|o)\s+)?|\s+(?:and|und|et|y|as well as|sowie|&)\s+/i;
/** "returns and refunds of online orders", "costs of trains and planes". */
const SHARED_AFTER = /^(?<list>.+?)\s(?<shared>(?:of|in|for|von|für|bei|de|du|des|pour|para|en)\s.+)$/i;
const NAME =
  /(?<=[\p{L}\p{N},;:]\s)(?:\p{Lu}[\p{L}\p{N}.+#-]*)(?:\s\p{Lu}[\p{L}\p{N}.+#-]*)*|[\p{L}\p{N}]*\p{Ll}\p{Lu}[\p{L}\p{N}]*/gu;

export interface Topic {
  /** The topic without the words that ask for research. */
  core: string;
  /** What it consists of: its sentences, the things that it lists or compares, the things that it names. */
  parts: string[];
}

/** The subject of a topic, and its parts. A part is a searchable phrase of the topic. */
export function readTopic(topic: string, language: string): Topic {
  const text = topic.replace(/\s+/g, ' ').trim();
  const sentences = splitSentences(text).map(({ start, end }) => text.slice(start, end));
  const told = (sentences.length > 1 ? sentences : [text])
    .map((sentence) => bare(sentence, language))
    .filter((part) => isSubject(part, language));
  const core = told.length === 1 || text.length <= MAX_PART ? bare(text, language) : (told[0] ?? text);
  const parts = [
    ...(told.length > 1 ? told : []),
    ...told.flatMap((part) => listed(part, language)),
    ...namesIn(text, language),
  ];
  return { core: shortened(core), parts: distinct(parts.map(shortened), language, core) };
}

function bare(text: string, language: string): string {
  let rest = text.replace(/[\s.?!:;]+$/, '').trim();
  for (const frame of FRAMES) {
    const without = rest.replace(frame, '').trim();
    if (isSubject(without, language)) rest = without;
  }
  return rest;
}

/** The things that a short phrase lists or compares, each with what they share. */
function listed(text: string, language: string): string[] {
  if (text.length > MAX_PART) return [];
  return thingsIn(text)
    .map((thing) => bare(thing, language))
    .filter((thing) => isSubject(thing, language));
}

function thingsIn(text: string): string[] {
  const compared = text.split(VERSUS);
  if (compared.length > 1) return compared;
  // A question's "and" joins clauses more often than things.
  if (text.split(' ').length > MAX_LIST_WORDS) return [];
  const { list = text, shared = '' } = SHARED_AFTER.exec(text)?.groups ?? {};
  const [before, after] = [list.split(LIST), shared.split(LIST)];
  if (before.length > 1) return before.map((thing) => `${thing} ${shared}`);
  if (after.length < 2) return [];
  const [first = '', ...others] = after;
  const preposition = first.split(' ', 1)[0] ?? '';
  return [`${list} ${first}`, ...others.map((thing) => `${list} ${preposition} ${thing}`)];
}

/** In German, every noun has a capital. */
function namesIn(text: string, language: string): string[] {
  return language === 'de' ? [] : [...text.matchAll(NAME)].map(([name]) => name).filter((name) => name.length > 1);
}

const isSubject = (text: string, language: string): boolean => terms(text, language).length > 0;

const shortened = (text: string): string =>
  text.length <= MAX_PART ? text : `${text.slice(0, MAX_PART).replace(/\s\S*$/, '')}`;

function distinct(parts: string[], language: string, core: string): string[] {
  const keyOf = (text: string): string => [...new Set(terms(text, language))].sort().join(' ');
  const seen = new Set([keyOf(core)]);
  return parts.filter((part) => {
    const key = keyOf(part);
    return key !== '' && !seen.has(key) && seen.add(key);
  });
}
