import { terms, type Sentence } from '../text/index.js';

/** Forms of a sentence that gives instructions. */
const INSTRUCTING =
  /^\W*(?:to|use|call|set|add|pass|register|create|define|provide|install|run|by)\b|\byou (?:can|must|may|should|need)\b|\bcan be\b|\bby (?:calling|using|setting|passing|adding)\b/i;
/** Forms of a question, the form of the sentences that usually answer it, and their factor. */
const FITTING: { question: RegExp; sentence: RegExp; factor: number }[] = [
  {
    question: /^(?:what|which)\b.*\b(?:is|are|does|do|mean)\b/i,
    sentence:
      /\b(?:is|are|means?|defines?|allows?|provides?|represents?|returns?|contains?|enables?|executed|called)\b/i,
    factor: 1.15,
  },
  {
    question: /\bhow (?:do|can|to|should|would|could)\b|^can\b/i,
    sentence: INSTRUCTING,
    factor: 1.2,
  },
  { question: /\bwhy\b/i, sentence: /\b(?:because|since|so that|in order to|due to|reason)\b/i, factor: 1.2 },
  { question: /\bdefault\b/i, sentence: /\bdefaults?\W{0,4}(?:to\b|is\b|value\b|:|=|`)/i, factor: 1.5 },
  { question: /\bdefault\b|\bhow (?:many|much|long|big|large)\b/i, sentence: /\d/, factor: 1.15 },
];

const LINK = /\[[^[\]]*\]\([^()]*\)/g;
/** A line of a code block that was too large for one passage. */
const CODE_LINE = /^[^\S\n\r\u2028\u2029]*(?:\/\/|[{}])|[{};]\s*$/m;
const TAG = /<\/?[a-z]/gi;
const COMPLETE = /[.!:)`。]["'*_]*$/;
const POINTING = /\b(?:see|check(?: out)?|detailed in|refer to|read|more (?:details|information))\b/i;
const LEANS_ON_PREVIOUS = /^(?:it|this|these|they|that|those|however|otherwise|also|then|but|and)\b/i;
/** A sentence with more distinct terms is long. */
const LONG = 25;

/** The form of a question, determined once for all candidates. */
export interface QuestionForm {
  asksForCode: boolean;
  asksHow: boolean;
  isAboutDeprecation: boolean;
  isConditional: boolean;
  /** Entries of FITTING that apply to the question. */
  fitting: typeof FITTING;
}

export function formOf(question: string): QuestionForm {
  return {
    asksForCode: /\b(?:examples?|snippets?|code)\b/i.test(question),
    asksHow: /^how (?:do|can|to|should)\b/i.test(question),
    isAboutDeprecation: /\bdeprecat/i.test(question),
    isConditional: /\b(?:if|when)\b/i.test(question),
    fitting: FITTING.filter((fit) => fit.question.test(question)),
  };
}

/** Whether a text gives instructions, if the question asks for them. */
export function instructs(text: string, { asksHow }: QuestionForm): boolean {
  return !asksHow || INSTRUCTING.test(text);
}

/** How well a sentence of this form answers a question of this form, around 1; 0 if it cannot be quoted. */
export function formQuality(text: string, { kind }: Sentence, termCount: number, form: QuestionForm): number {
  if (kind === 'markup' || kind === 'heading' || termCount === 0) return 0;
  if (kind === 'code') return form.asksForCode ? 1.1 : 0.45;
  const isLink = text.includes('](') && terms(text.replace(LINK, ' ')).length < 2;
  if (isLink) return 0.05; // an entry of a table of contents
  if (text.includes('[![') || CODE_LINE.test(text) || (text.match(TAG)?.length ?? 0) > 3) return 0.05;

  let quality = kind === 'quote' ? 0.7 : 1;
  if (kind === 'list-item' && !/[.:)`]$/.test(text)) quality *= 0.8;
  if (kind !== 'sentence' || COMPLETE.test(text)) quality *= 1.1;
  else if (termCount < 5) quality *= 0.6;
  if (text.endsWith('?')) quality *= 0.5;
  if (/\bdeprecated\b/i.test(text) && !form.isAboutDeprecation) quality *= 0.6;
  if (pointsElsewhere(text)) quality *= 0.5;
  if (LEANS_ON_PREVIOUS.test(text)) quality *= 0.8;
  if (/^if\b/i.test(text) && !form.isConditional) quality *= 0.8;
  for (const { sentence, factor } of form.fitting) if (sentence.test(text)) quality *= factor;
  return quality / (1 + Math.max(0, termCount - LONG) / 60);
}

/** Whether a sentence says "see" or the like before a link. Checks each stretch between dots once, so it is linear. */
function pointsElsewhere(text: string): boolean {
  return text.split('.').some((stretch) => {
    const link = Math.max(stretch.lastIndexOf(']('), stretch.lastIndexOf(']['));
    return link >= 0 && POINTING.test(stretch.slice(0, link + 1));
  });
}
