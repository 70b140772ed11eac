import { createRequire } from 'node:module';

const requireHere = createRequire(import.meta.url);
// A dependency of the package, which its manual uses to prepare texts.
const requireThere = createRequire(requireHere.resolve('wink-bm25-text-search'));

/**
 * BM25 with its defaults, stemming and stop words.
 *
 * @param {string[]} texts
 * @returns {(question: string, limit: number) => number[]} finds indices of texts, best first
 */
export function bm25(texts) {
  const engine = requireHere('wink-bm25-text-search')();
  const { string, tokens } = requireThere('wink-nlp-utils');
  engine.defineConfig({ fldWeights: { text: 1 } });
  // Its tokenizer supports only Latin letters.
  const words = (/** @type {string} */ text) => text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  engine.definePrepTasks([string.lowerCase, words, tokens.removeWords, tokens.stem]);
  for (const [index, text] of texts.entries()) engine.addDoc({ text }, index);
  engine.consolidate();
  return (question, limit) =>
    engine.search(question, limit).map((/** @type {[string, number]} */ [index]) => Number(index));
}
