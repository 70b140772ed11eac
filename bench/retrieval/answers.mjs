import { questionsOf } from './sets.mjs';

/**
 * @typedef {import('./sets.mjs').Question} Question
 * @typedef {import('./sets.mjs').CorpusName} CorpusName
 * @typedef {import('./sets.mjs').Document} Document
 *
 * @typedef {object} Knowledge one corpus, loaded
 * @property {Document[]} documents
 * @property {(questions: string[]) => Promise<{ text: string | undefined, confidence: number }>} answer no text: refused
 * @property {(questions: string[]) => Promise<number[]>} [search] indices of documents, best first
 * @property {(questions: string[]) => Promise<number[]>} bm25 the same by BM25
 *
 * @typedef {object} KindQuality counts of questions
 * @property {string} kind
 * @property {number} questions
 * @property {number} answerable
 * @property {number} found the quotes contain everything requested
 * @property {number} partly the quotes contain a part of it
 * @property {number} wrong the quotes contain nothing of it, or something that must not be quoted
 * @property {number} refused answerable questions without an answer
 * @property {number} unduly unanswerable questions with an answer
 * @property {number} unanswerable
 * @property {{ at1: number, at5: number, of: number }} search
 * @property {{ at1: number, at5: number, of: number }} bm25
 * @property {Verdict[]} verdicts
 *
 * @typedef {object} Verdict
 * @property {string} question
 * @property {'found' | 'partly' | 'wrong' | 'refused' | 'unduly' | 'rightly refused' | 'open'} verdict
 * @property {string | undefined} text
 * @property {number} confidence
 */

/**
 * Asks the questions of one set, by kind.
 *
 * @param {Map<CorpusName, Knowledge>} corpora
 * @param {'develop' | 'judge'} set
 * @returns {Promise<KindQuality[]>}
 */
export async function measureAnswers(corpora, set) {
  const found = [];
  for (const [kind, questions] of questionsOf(set)) found.push(await measureKind(kind, questions, corpora));
  return found;
}

/** @param {string} kind @param {Question[]} questions @param {Map<CorpusName, Knowledge>} corpora */
async function measureKind(kind, questions, corpora) {
  /** @type {Verdict[]} */
  const verdicts = [];
  const search = { at1: 0, at5: 0, of: 0 };
  const bm25 = { at1: 0, at5: 0, of: 0 };
  for (const [corpus, asked, ...gold] of questions) {
    const knowledge = /** @type {Knowledge} */ (corpora.get(corpus));
    const list = [asked].flat();
    const { text, confidence } = await knowledge.answer(list);
    verdicts.push({ question: list.join(' / '), verdict: judge(text, gold), text, confidence });
    const wanted = gold.filter(isWanted).map(plain);
    const right = knowledge.documents.flatMap(({ content }, at) =>
      wanted.length > 0 && wanted.every((phrase) => phrase.split('//').some((way) => plain(content).includes(way)))
        ? [at]
        : [],
    );
    if (right.length === 0) continue;
    if (knowledge.search) count(search, await knowledge.search(list), right);
    count(bm25, await knowledge.bm25(list), right);
  }
  /** @param {Verdict['verdict'][]} names */
  const of = (...names) => verdicts.filter(({ verdict }) => names.includes(verdict)).length;
  const unanswerable = of('unduly', 'rightly refused');
  return {
    kind,
    questions: questions.length,
    answerable: of('found', 'partly', 'wrong', 'refused'),
    found: of('found'),
    partly: of('partly'),
    wrong: of('wrong'),
    refused: of('refused'),
    unduly: of('unduly'),
    unanswerable,
    search,
    bm25,
    verdicts,
  };
}

/** @param {string | undefined} text @param {string[]} gold @returns {Verdict['verdict']} */
function judge(text, gold) {
  const answer = text === undefined ? undefined : plain(text);
  const forbidden = gold.filter((phrase) => phrase.startsWith('!')).map((phrase) => plain(phrase.slice(1)));
  if (answer !== undefined && forbidden.some((phrase) => answer.includes(phrase))) return 'wrong';
  if (gold.includes('?')) return 'open';
  const wanted = gold.filter(isWanted).map(plain);
  if (wanted.length === 0) return answer === undefined ? 'rightly refused' : 'unduly';
  if (answer === undefined) return 'refused';
  const held = wanted.filter((phrase) => phrase.split('//').some((way) => answer.includes(way))).length;
  return held === wanted.length ? 'found' : held > 0 ? 'partly' : 'wrong';
}

/** @param {{ at1: number, at5: number, of: number }} tally @param {number[]} found @param {number[]} right */
function count(tally, found, right) {
  tally.of++;
  if (right.includes(found[0] ?? -1)) tally.at1++;
  if (found.slice(0, 5).some((at) => right.includes(at))) tally.at5++;
}

/** @param {string} phrase */
const isWanted = (phrase) => phrase !== '?' && !phrase.startsWith('!');

/** Normalizes white space, case and the alignment of tables. @param {string} text */
const plain = (text) =>
  text
    .replace(/ \[\d+\]/g, '')
    .replace(/\s+/g, ' ')
    .toLowerCase();

/**
 * The sums over all kinds, and the calibration of confidence.
 *
 * @param {KindQuality[]} kinds
 */
export function totals(kinds) {
  const sum = (/** @type {(kind: KindQuality) => number} */ of) => kinds.reduce((total, kind) => total + of(kind), 0);
  const answerable = sum(({ answerable }) => answerable);
  const near = kinds.filter(({ kind }) => kind === 'near-miss');
  const far = kinds.filter(({ kind }) => kind === 'far');
  const sure = kinds
    .flatMap(({ verdicts }) => verdicts)
    .filter(({ text, confidence, verdict }) => text !== undefined && confidence >= 0.9 && verdict !== 'open');
  const share = (/** @type {KindQuality[]} */ list) =>
    list.reduce((total, { unduly }) => total + unduly, 0) /
    list.reduce((total, { unanswerable }) => total + unanswerable, 0);
  return {
    answerable,
    found: sum(({ found }) => found) / answerable,
    wrong: sum(({ wrong }) => wrong) / answerable,
    nearMisses: share(near),
    far: share(far),
    sure: sure.length,
    sureAndRight: sure.filter(({ verdict }) => verdict === 'found' || verdict === 'partly').length / sure.length,
  };
}
