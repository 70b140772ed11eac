import { languageOf, terms } from '../../platform/text/index.js';
import { aspectsIn } from './aspects.js';
import type { PlannedQuestion, ReadPassage } from './research.types.js';
import { readTopic } from './topic.js';

export interface Planning {
  topic: string;
  /** Passages found for the topic. */
  passages: ReadPassage[];
  maxQuestions: number;
}

/** UTF-16 units that determine the language of the passages. */
const MAX_READ = 2_000;

/** The questions of a research: the topic, its parts, and the aspects that the documents suggest. */
export default ({ topic, passages, maxQuestions }: Planning): PlannedQuestion[] => {
  const language = languageOf(
    topic,
    languageOf(
      passages
        .map(({ text }) => text)
        .join(' ')
        .slice(0, MAX_READ),
    ),
  );
  const { core, parts } = readTopic(topic, language);
  const known = new Set(terms(core, language));
  const asked = [core, ...parts].map((text): PlannedQuestion => ({ text }));
  const suggested = aspectsIn(core, passages, language).map((aspect): PlannedQuestion => {
    const saysSubject = terms(aspect, language).some((term) => known.has(term));
    return { text: saysSubject ? aspect : `${core}: ${aspect}`, aspect };
  });
  return [...asked, ...suggested].slice(0, maxQuestions);
};
