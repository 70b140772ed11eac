export { codePointCounter, codePointLength } from './code-points.js';
export { readingCost } from './cost.js';
export { questionTerms, questionWords } from './question.js';
export { inlineCodeSpans, splitBlocks, splitSentences, type Block, type Span } from './sentences.js';
export { terms } from './terms.js';
export { NO_ANSWER } from './no-answer.js';
