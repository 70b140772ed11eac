import { splitSentences } from '../../platform/text/index.js';
import type { TaskQuestion } from '../tasks/index.js';
import type { Analysis } from './analysis.types.js';
import { missingSentence } from './summary.js';

const MAX_FACTS = 12;
const MAX_TOKENS = 400;
const MAX_TEXT = 4_000;
const MAX_SENTENCES = 6;

const INSTRUCTIONS =
  'You write the summary of an analysis of data for people who decide. Write two to five plain sentences: first the ' +
  'answer to the question, then what explains it. Copy every number exactly as it is written in the passages, compute ' +
  'none, and give no advice.';

/** What a model needs to word the summary of an analysis: sentences, each with the numbers that were computed. */
export function summaryQuestion({ description, summary, insights }: Analysis): TaskQuestion {
  const facts = factsOf(summary, insights);
  return {
    question: description,
    passages: facts.map((text, index) => ({ id: index + 1, title: 'Finding', text })),
    instructions: INSTRUCTIONS,
    maxTokens: MAX_TOKENS,
  };
}

/**
 * The sentences of a model that say no more than the findings which they cite: each of their numbers is there, and
 * something that rises or falls does so there.
 * @returns undefined if none is left
 */
export function checkedSummary(said: string, analysis: Analysis): string | undefined {
  const { summary, insights, insight_details: details, not_computed: missing } = analysis;
  const facts = factsOf(summary, insights);
  const text = said.slice(0, MAX_TEXT);
  const sentences = splitSentences(text)
    .filter(({ kind }) => kind === 'sentence')
    .map(({ start, end }) => text.slice(start, end))
    .filter((sentence) => isSupported(sentence, facts))
    .map((sentence) => sentence.replace(/\s*\[\d+\]/g, '').trim());
  if (sentences.length === 0) return undefined;
  // What the question takes for granted wrongly, and what is missing, is not left to the model.
  const premise = details.filter(({ kind }) => kind === 'premise').map(({ text }) => text);
  return [...premise, ...sentences.slice(0, MAX_SENTENCES), ...missingSentence(missing)].join(' ');
}

const factsOf = (summary: string, insights: string[]): string[] => [summary, ...insights.slice(0, MAX_FACTS - 1)];

function isSupported(sentence: string, facts: string[]): boolean {
  const cited = [...sentence.matchAll(/\[(\d+)\]/g)].map(([, number]) => facts[Number(number) - 1]);
  if (cited.length === 0 || cited.some((fact) => fact === undefined)) return false;
  if (/https?:|www\.|[<>`|*_#]/.test(sentence)) return false;
  const basis = cited.join(' ');
  const known = numbersIn(basis);
  const words = sentence.replace(/\[\d+\]/g, '');
  return numbersIn(words).every((number) => known.includes(number)) && DIRECTIONS.every(agree(words, basis));
}

/** Digits without grouping, and words that count. */
const numbersIn = (text: string): string[] => [
  ...[...text.matchAll(/\d[\d,]*(?:\.\d+)?/g)].map(([number]) => String(Number(number.replaceAll(',', '')))),
  ...[...text.toLowerCase().matchAll(NUMBER_WORDS)].map(([word]) => word),
];

const NUMBER_WORDS =
  /\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|[mb]illion|half|halved|third|quarter of|twice|double|doubled|tripled?|percent)\b/g;

/** Words for the same direction. */
const DIRECTIONS = [
  /\b(?:rose|rise[sn]?|rising|increas\w*|grew|grow\w*|higher|up|gain\w*|more|improv\w*)\b/i,
  /\b(?:fell|fall\w*|decreas\w*|declin\w*|drop\w*|lower|down|lost|loss\w*|less|fewer|shrank|shrink\w*)\b/i,
];

const agree =
  (words: string, basis: string) =>
  (direction: RegExp): boolean =>
    !direction.test(words) || direction.test(basis);
