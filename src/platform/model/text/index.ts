export { codePointCounter, codePointLength, codePointSlice, utf16Index } from './code-points.js';
export { asksNothing, leansOnEarlier, questionTerms, type QuestionTerm } from './question.js';
export { inlineCodeSpans, splitBlocks, splitSentences, type Block, type Span } from './sentences.js';
export { terms } from './terms.js';
