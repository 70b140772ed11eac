import {
  asksNothing,
  languageOf,
  leansOnEarlier,
  partRead,
  questionTerms,
  questionWords,
  told,
} from '../text/index.js';
import { countedIn, typeOf, type AnswerType } from './extractive-forms.js';
import { namesWithNeighbours, type NamedThing } from './extractive-names.js';
import { ENGLISH as EN, meaningOf, meanings } from './extractive-synonyms.js';

interface AskedTerm {
  term: string;
  /** Its weight (0-1) before its rarity is known. */
  weight: number;
  /** Whether it is in the question itself, and not only in an earlier one. */
  isOwn: boolean;
  /** A name, number or identifier, which has no synonyms. */
  isName: boolean;
  /** Whether it is the kind of thing asked for: "Which header …?" An answer that says everything else need not repeat it. */
  isKind: boolean;
}

/** A parsed question. Candidates refer to its terms and pairs of neighbouring words by their index, called place. */
export interface Asked {
  question: string;
  /** Language (ISO 639-1) in which the question and the passages are read. */
  language: string;
  terms: AskedTerm[];
  places: Map<string, number>;
  /** Each pair of neighbouring words as their two places; undefined for a word that is not a term. */
  pairs: (number | undefined)[][];
  pairPlaces: Map<string, number>;
  /** The place of the noun that is counted: "how many …". */
  counted: number | undefined;
  /** The place of the verb: "How do I export it?" */
  verb: number | undefined;
  /** The places of the verb's object, if it is clear. */
  object: number[];
  /** The places of identifiers of several words, such as `bodyLimit`. */
  identifiers: number[];
  /** Its names with their neighbours. */
  things: NamedThing[];
  /** Whether it asks for a location. */
  asksWhere: boolean;
  asksDefault: boolean;
  /** Whether it asks for more than yes or no. */
  isOpen: boolean;
  /** "tall" of "How tall …?": an answer need not repeat it, but one that does is preferred. */
  measured: string | undefined;
  isNegated: boolean;
  isLeaning: boolean;
  /** The verbs and forms of other languages are unknown here. */
  isEnglish: boolean;
  asksForAll: boolean;
  /** Whether only a list can be the answer. */
  mustEnumerate: boolean;
  type: AnswerType | undefined;
}

const MEASURED = /\bhow (long|tall|high|big|large|old|far|deep|wide|heavy|fast|soon|often)\b/i;
/** Words that ask for a kind of answer. The answer need not contain them. */
const KIND_WORDS =
  /\bhow (?:long|often|many|much|big|large|high|tall|old|far|deep|wide|heavy|soon|fast|quickly|frequently|expensive|can i|do i)\b|\b(?:in|with|sample|example|some) code\b|\bcode (?:examples?|samples?|snippets?)\b|\bwhat (?:time|date|day|year|number)\b|\b(?:wie (?:viele?|lange|oft|hoch|groß|teuer)|combien(?: de temps)?|à quelle heure|cu[aá]nt[oa]s?(?: tiempo)?|qu[eé] hora)\b/giu;
const LISTING =
  /\b(?:list|enumerate|name)\b(?: me)?(?: all| the| every)|\ball (?:the |of the )?\p{L}+|\b(?:which|what)\b.*\bare there\b|^what are the\b|^which \p{L}+ (?:are|have|do)\b|^which \p{L}+s (?:can|has|does)\b|^(?:for|from|in|with|on|to) which \p{L}+s\b/iu;
const ENUMERATING =
  /^what are (?:all )?(?:the |your |its )?(?:\p{L}+ ){0,2}\p{L}+s\b|^(?:please )?(?:list|enumerate)\b|\b(?:which|what)\b.*\bare there\b|\ball (?:the |of the )?\p{L}+s\b/iu;
const ENGLISH = /\b(?:the|an?|is|are|does|do|did|what|which|how|when|who|where|can|of|in|list|to)\b/i;
/** Words of a question that an answer need not repeat. */
const EMPTY = new Set(
  Object.entries({
    [EN]:
      'happen happens exactly actually currently tell know explain example examples snippet list enumerate name thing things mean ' +
      'not no never without cannot there difference differ want like way possible someone anyone take takes go goes come comes immediately ' +
      'be do does have has get else really please describe say says summarize about right kind type while',
    de: 'passiert kostet gibt kann muss wird werden wie viel lange wann welche welcher welches wer wo warum was man ich sind ist hat haben wenn',
    fr: 'quel quelle quels quelles quand où comment pourquoi qui est sont combien coûte temps dure peut faut',
    es: 'cuál cuáles cuándo dónde cómo quién qué es son cuesta tiene puede hay',
  }).flatMap(([language, words]) => meanings(words, language)),
);
/** Japanese particles and question words. */
const PARTICLE = /^[\p{Script=Hiragana}ー]{1,4}$|[何誰]/u;
const QUESTION_VERB =
  /\b(?:how|where|when|what) (?:do|can|could|should|would|may|must|might) (?:i|we|you|one|users?|people)\b(?: \p{L}+ly)? (?!do\b)(\p{L}+)|\bhow to (\p{L}+)|^(?:can|could|may) (?:i|we|you|one|it|\p{L}+) (\p{L}+)|\bto (\p{L}+)\?$|^who (?!is|was|are|were|can|may|will|has|have|does|do|did|should|could|must)(\p{L}+)/iu;
const PRICE = meanings('price', EN)[0] ?? '';
/** The kind of thing in "Which header holds …?" or "Which Redis version does … need?" */
const KIND_ASKED =
  /^(?:(?:in|on|for|from|to|with|at|by) )?which (?:(?:\S+ )?(\p{L}+) (?:is|are|was|were|does|do|did|can|has|have|must|will)\b|(\p{L}+(?: (?:holds|contains|carries|sets|controls|tells|stores|defines))?) (?!of\b)\p{L}+)/iu;
/** Nouns for the content of a list, which the list itself need not contain. */
const GENERIC =
  /\b(?:list|what are)(?: all)?(?: the)? (functions|properties|parameters|arguments|attributes|fields|entries|items|methods)\b/i;
const IMPLIED_WEIGHT = 0.3;
/** The object in "How do I install the client?", up to a preposition or conjunction. */
const OBJECT =
  /\bhow (?:do|can|could|should|to)(?: (?:i|we|you|one))? \p{L}+ ((?:(?!(?:in|of|with|for|from|to|at|on|by|without|if|when|while|as|after|before|how|that|which|and|or)\b)[\p{L}\p{N}_$.'’-]+ ?){1,4})/iu;
/** Verbs that any other verb can replace. */
const VAGUE = new Set(
  meanings('use do get have go be find know see want work handle tell deal need give put turn take try', EN),
);
/** If the question contains it, the answer must too. */
export const DEFAULT = meanings('default', EN)[0] ?? '';
const NEGATION =
  /\b(?:not|never|no|none|nobody|nothing|without|cannot|unsupported|unpaid|unable|unavailable)\b|n['’]t\b/i;

/** The language in which questions and passages are compared: that of the last question, or else of the earlier ones. */
export function languageRead(questions: string[]): string {
  return languageOf(partRead(questions.at(-1) ?? ''), languageOf(partRead(questions.slice(0, -1).join(' '))));
}

/** @param questions the user's messages, oldest first; the last one is answered */
export function askedBy(questions: string[], language: string): Asked {
  const question = partRead(questions.at(-1) ?? '');
  const earlier = questions.slice(0, -1);
  const bare = told(question).replace(KIND_WORDS, ' ');
  const isLeaning = earlier.length > 0 && leansOnEarlier(question);
  const names = new Set(namesIn(question, language));
  const type = typeOf(question);
  const kept = new Map<string, AskedTerm>();
  if (!asksNothing(question)) {
    const own = new Set(meanings(bare, language));
    const { anyway, kinds } = impliedBy(question, type, language);
    const isAny = (meaning: string): boolean => anyway.has(meaning) || kinds.has(meaning);
    const isEnough = [...own].filter((meaning) => !isAny(meaning) && !EMPTY.has(meaning)).length > 1;
    for (const { term, weight: given } of questionTerms(bare, isLeaning ? earlier : [], language)) {
      const meaning = meaningOf(term);
      const isSpared = isAny(meaning) && !names.has(meaning) && (isEnough || meaning === PRICE);
      const weight = isSpared ? Math.min(given, IMPLIED_WEIGHT) : given;
      const isKind = isSpared && kinds.has(meaning);
      if ((EMPTY.has(meaning) || PARTICLE.test(meaning)) && !names.has(meaning)) continue;
      const known = kept.get(meaning);
      if (known && known.weight >= weight) continue;
      kept.set(meaning, {
        term: meaning,
        weight,
        isOwn: own.has(meaning),
        isName: names.has(meaning),
        isKind,
      });
    }
  }
  const places = new Map([...kept.keys()].map((term, place) => [term, place]));
  const pairs = [...new Set(pairsOf(questionWords(bare, language).map(meaningOf)))];
  return {
    question,
    language,
    terms: [...kept.values()],
    places,
    pairs: pairs.map((pair) => pair.split(' ').map((word) => places.get(word))),
    pairPlaces: new Map(pairs.map((pair, place) => [pair, place])),
    counted: countedBy(question, places, language),
    verb: verbOf(question, places, language),
    object: objectOf(question, places, language),
    identifiers: identifiersIn(question).flatMap((word) => places.get(meanings(word, language).at(-1) ?? '') ?? []),
    things: thingsIn(question, kept, places, language),
    asksWhere: /^where (?:is|are|was|were)\b/i.test(question),
    measured: MEASURED.exec(question)?.[1]?.toLowerCase(),
    isOpen: /^(?:what|which|who|how)\b/i.test(question),
    asksDefault: /\bdefaults?\b/i.test(question),
    isNegated: NEGATION.test(question),
    isLeaning,
    isEnglish: ENGLISH.test(question),
    asksForAll: LISTING.test(question),
    mustEnumerate: ENUMERATING.test(question),
    type,
  };
}

export const pairsOf = (words: string[]): string[] => words.slice(1).map((word, index) => `${words[index]} ${word}`);

export const isNegative = (text: string): boolean => NEGATION.test(text);

function verbOf(question: string, places: Map<string, number>, language: string): number | undefined {
  const verb = QUESTION_VERB.exec(question)?.slice(1).find(Boolean);
  const term = verb && meanings(verb, language).at(-1);
  return term && !VAGUE.has(term) ? places.get(term) : undefined;
}

interface Implied {
  anyway: Set<string>;
  kinds: Set<string>;
}

/**
 * Words that an answer need not repeat if the question has enough others: the kind of thing ("Which header …?"), a word
 * for the form of the answer ("… cost?"), or the parts of an identifier.
 */
function impliedBy(question: string, type: AnswerType | undefined, language: string): Implied {
  const [, subject, first] = LISTING.test(question) ? [] : (KIND_ASKED.exec(question) ?? []);
  const kind = GENERIC.exec(question)?.[1] ?? subject ?? first ?? '';
  const parts = identifiersIn(question).flatMap((identifier) => {
    const all = meanings(identifier, language);
    return all.slice(0, -1).filter((part) => part !== all.at(-1));
  });
  const anyway = new Set([...parts, ...(type === 'price' ? [PRICE] : [])]);
  return { anyway, kinds: new Set(meanings(kind, language).filter((term) => !anyway.has(term))) };
}

/** Identifiers of several words, such as `bodyLimit`. */
const identifiersIn = (question: string): string[] =>
  (question.match(/[\p{L}\p{N}_$]+/gu) ?? []).filter((word) => /\p{Ll}\p{Lu}|_/u.test(word));

function objectOf(question: string, places: Map<string, number>, language: string): number[] {
  const object = OBJECT.exec(question)?.[1] ?? '';
  return meanings(object, language).flatMap((term) => places.get(term) ?? []);
}

function thingsIn(
  question: string,
  kept: Map<string, AskedTerm>,
  places: Map<string, number>,
  language: string,
): NamedThing[] {
  return namesWithNeighbours(question).flatMap(({ word, before, after }) => {
    const term = meanings(word, language).at(-1);
    const place = term !== undefined && kept.get(term)?.isName ? places.get(term) : undefined;
    return place === undefined ? [] : [{ place, before, after }];
  });
}

function countedBy(question: string, places: Map<string, number>, language: string): number | undefined {
  const noun = countedIn(question);
  const term = noun && meanings(noun, language).at(-1);
  return term ? places.get(term) : undefined;
}

/** "the name option", "the `level` property" */
const CALLED =
  /\bthe [`'"]?(?!(?:following|default|first|second|last|same|only|new|main|other|next|right|required|available|possible|custom|command|error|log)\b)(\p{L}{2,30})[`'"]? (?:option|property|parameter|argument|field|flag|hook|event)\b(?!s)/giu;

/** Names: words with a capital inside the sentence, a digit or the form of an identifier, and the names of options. */
function namesIn(question: string, language: string): string[] {
  // In languages that capitalize nouns, a capital means nothing.
  const isEnglish = ENGLISH.test(question);
  const found = [...question.matchAll(CALLED)].flatMap(([, word = '']) => meanings(word, language).slice(-1));
  for (const { 0: word, index } of question.matchAll(/[\p{L}\p{N}_$.]*[\p{L}\p{N}_$]/gu)) {
    const isFirst = !/[\p{L}\p{N}]/u.test(question.slice(0, index)) || /[.?!]\s+$/.test(question.slice(0, index));
    const isIdentifier = /\p{N}|\p{Ll}\p{Lu}|[_$]|\p{L}\.\p{L}|^\./u.test(word);
    const isCapital = isEnglish && !isFirst && /^\p{Lu}/u.test(word) && word !== 'I';
    if (isIdentifier || isCapital) found.push(...meanings(word, language).slice(-1));
  }
  return found;
}
