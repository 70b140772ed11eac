export { codePointCounter, codePointLength } from './code-points.js';
export { counted } from './counted.js';
export { readingCost } from './cost.js';
export { stemOf } from './languages.js';
export { MAX_EMAIL, normalizeEmail, normalizeEmailBeginning } from './email-address.js';
export { escapeMarkup } from './escape-markup.js';
export { isName, withoutLinks } from './name.js';
export { normalizePassword } from './password.js';
export {
  asksNothing,
  leansOnEarlier,
  partRead,
  questionTerms,
  questionWords,
  told,
  type QuestionTerm,
} from './question.js';
export {
  inlineCodeSpans,
  lineEnd,
  splitBlocks,
  splitSentences,
  type Block,
  type Sentence,
  type Span,
} from './sentences.js';
export { languageOf, terms, wordForms, type Forms } from './terms.js';
export { titleOf } from './title.js';
