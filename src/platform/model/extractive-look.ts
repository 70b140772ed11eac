import { candidatesIn, type PassageCandidates, type ReadPassage, type Work } from './extractive-candidates.js';
import { measureOf, type Measure } from './extractive-measure.js';
import { formOf, type QuestionForm } from './extractive-quality.js';
import type { Asked } from './extractive-question.js';
import { excuseTypos } from './extractive-typos.js';

/** The passages, prepared for one question. */
export interface Look {
  form: QuestionForm;
  places: PassageCandidates[];
  measure: Measure;
}

export function look(asked: Asked, read: ReadPassage[], work: Work): Look {
  const excused = excuseTypos(asked, read);
  const form = formOf(asked.question);
  const places = read.map((passage) => candidatesIn(passage, asked, form, work));
  return { form, places, measure: measureOf(asked, places, excused) };
}
