export { codePointCounter, codePointLength } from './code-points.js';
export { readingCost } from './cost.js';
export { normalizeEmail, normalizeEmailBeginning } from './email-address.js';
export { isName, withoutLinks } from './name.js';
export { normalizePassword } from './password.js';
export { asksNothing, leansOnEarlier, partRead, questionTerms, questionWords, type QuestionTerm } from './question.js';
export { inlineCodeSpans, splitBlocks, splitSentences, type Block, type Sentence, type Span } from './sentences.js';
export { terms } from './terms.js';
