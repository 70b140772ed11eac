import { statementsAbout, type Statement } from '../../platform/model/index.js';
import { languageOf } from '../../platform/text/index.js';
import type { PlannedQuestion, ReadPassage } from './research.types.js';

export interface Finding {
  question: PlannedQuestion;
  passages: ReadPassage[];
  maxStatements: number;
}

/** UTF-16 units that determine the language of the passages. */
const MAX_READ = 2_000;

/** What passages say about a question, the most relevant first. `passageId` is the place among the passages. */
export default ({ question: { text, aspect }, passages, maxStatements }: Finding): Statement[] => {
  const language = languageOf(
    text,
    languageOf(
      passages
        .map((passage) => passage.text)
        .join(' ')
        .slice(0, MAX_READ),
    ),
  );
  const grounding = passages.map(({ title, headings, text: content }, id) => ({ id, title, headings, text: content }));
  const subject = { text, ...(aspect !== undefined && { required: aspect }) };
  return statementsAbout(subject, grounding, language).slice(0, maxStatements);
};
