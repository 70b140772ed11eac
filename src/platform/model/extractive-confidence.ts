import { readPassage, type ReadPassage } from './extractive-candidates.js';
import { answers } from './extractive-gate.js';
import { look } from './extractive-look.js';
import { coverageOf, rivalsAmong } from './extractive-measure.js';
import { instructs } from './extractive-quality.js';
import { partsOf } from './extractive-parts.js';
import { askedBy, languageRead } from './extractive-question.js';
import { withForms } from './extractive-typos.js';
import type { GroundingPassage } from './grounding.js';

/**
 * Factors for a quote that would not have been chosen, for a list (it may have gaps), and for the best quotes (never
 * certain).
 */
const UNFIT = 0.5;
const LISTED = 0.85;
const CERTAIN = 0.94;
/**
 * Replaces CERTAIN if the question requires neither a form nor a verb and the heading has none of its terms, or if
 * other passages seem to answer as well.
 */
const VAGUE = 0.88;

/** A verbatim part of a passage that supports an answer. */
export interface Quoted {
  passageId: number;
  text: string;
}

/**
 * The probability (0-1) that quotes answer a question, for quotes of any model: by how much of the question one of them
 * covers, and whether it has the required form. Calibrated on the questions under `bench/retrieval/sets`.
 */
export function confidenceOf(questions: string[], passages: GroundingPassage[], quotes: Quoted[]): number {
  const parts = partsOf(withForms(questions.at(-1) ?? ''));
  const cited = passages.filter(({ id }) => quotes.some(({ passageId }) => passageId === id));
  if (cited.length === 0) return 0;
  const earlier = questions.slice(0, -1);
  const language = languageRead(questions);
  const read = passages.map((passage, rank) => readPassage(passage, rank, language, { steps: 0 }));
  return Math.min(
    ...parts.map((part, index) => confidenceIn([...earlier, ...parts.slice(0, index), part], language, read, quotes)),
  );
}

function confidenceIn(questions: string[], language: string, read: ReadPassage[], quotes: Quoted[]): number {
  const work = { steps: 0 };
  const asked = askedBy(questions, language);
  const { places, measure, form } = look(asked, read, work);
  const fitting = places.flatMap(({ candidates }) =>
    candidates.filter((candidate) => answers(candidate, asked, measure, work)),
  );
  const isAmbiguous = rivalsAmong(fitting, asked, measure, work) > 1;
  const quoted = places.flatMap(({ candidates, passage }) => {
    const texts = quotes.filter(({ passageId }) => passageId === passage.id).map(({ text }) => text);
    return candidates.filter(({ text }) => texts.some((quote) => quote.includes(text) || text.includes(quote)));
  });
  const scores = quoted.map((candidate) => {
    const { all, own } = coverageOf(candidate, measure, work);
    const fits = answers(candidate, asked, measure, work) ? 1 : UNFIT;
    const isFirm =
      (asked.type !== undefined || asked.verb !== undefined || candidate.of.subject.size > 0) &&
      (candidate.kind === 'code' || instructs(candidate.text, form));
    return (fits * (isFirm && !isAmbiguous ? CERTAIN : VAGUE) * (all + own)) / 2;
  });
  return Math.max(0, ...scores) * (asked.asksForAll ? LISTED : 1);
}
