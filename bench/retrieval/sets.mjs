import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { code, direct, paraphrased, typos } from './sets/plain.mjs';
import { comparison, negation, numbers, tables } from './sets/facts.mjs';
import { followUps, lists, parts } from './sets/several.mjs';
import { injection, languages } from './sets/others.mjs';
import { far, nearMiss } from './sets/refused.mjs';
import { FURTHER } from './sets/further.mjs';

/**
 * @typedef {[corpus: CorpusName, question: string | string[], ...gold: string[]]} Question a conversation has several
 *   questions; the last one is answered. The quotes must contain each gold phrase, but no phrase that begins with "!". Of phrases
 *   separated by "//" one is sufficient. With "?" a refusal is allowed. Without gold the question must be refused.
 *
 * @typedef {keyof typeof FOLDERS} CorpusName
 *
 * @typedef {object} Document
 * @property {string} title
 * @property {string} content
 */

/** Files and folders of each corpus. */
const FOLDERS = {
  lumen: ['bench/retrieval/texts/help'],
  abroad: ['bench/retrieval/texts/languages'],
  modules: [
    'node_modules/bull/README.md',
    'node_modules/commander/Readme.md',
    'node_modules/multer/README.md',
    'node_modules/jsonwebtoken/README.md',
    'node_modules/undici/docs/docs/api',
  ],
  fastify: ['node_modules/fastify/docs', 'node_modules/pino/docs'],
  ferry: ['bench/retrieval/texts/ferry'],
  tools: ['lru-cache', 'uuid', 'ioredis', 'compression', 'prom-client', 'autocannon'].map(
    (name) => `node_modules/${name}/README.md`,
  ),
};

/** Half of each kind is for judging, half for development. @type {Record<string, Question[]>} */
const KINDS = {
  direct,
  paraphrased,
  typos,
  tables,
  code,
  numbers,
  negation,
  comparison,
  parts,
  lists,
  'follow-ups': followUps,
  languages,
  injection,
  'near-miss': nearMiss,
  far,
};

/**
 * The documents of every corpus.
 *
 * @param {string} root path of the checkout
 * @returns {Map<CorpusName, Document[]>}
 */
export function readCorpora(root) {
  const names = /** @type {CorpusName[]} */ (Object.keys(FOLDERS));
  return new Map(names.map((name) => [name, FOLDERS[name].flatMap((path) => readDocuments(join(root, path)))]));
}

/** @param {string} path @returns {Document[]} */
function readDocuments(path) {
  const files = path.endsWith('.md')
    ? [path]
    : readdirSync(path, { recursive: true })
        .map((name) => join(path, String(name)))
        .filter((name) => name.endsWith('.md'))
        .sort();
  return files.map((file) => ({ title: titleOf(file), content: readFileSync(file, 'utf8') }));
}

/** @param {string} file */
const titleOf = (file) => {
  const name = basename(file, '.md');
  return /^readme$/i.test(name) ? basename(join(file, '..')) : name;
};

/** Kinds whose first questions were examined during development: only the questions from this index judge. */
const JUDGING_FROM = new Map(Object.entries({ lists: 28, comparison: 20, 'near-miss': 56 }));

/** @param {string} kind @param {number} index */
const judges = (kind, index) => {
  const from = JUDGING_FROM.get(kind);
  return from === undefined ? index % 4 === 1 || index % 4 === 2 : index >= from;
};

/**
 * The questions of one half, by kind: one half for development, one for judging.
 *
 * @param {'develop' | 'judge'} half
 * @returns {[kind: string, questions: Question[]][]}
 */
export const questionsOf = (half) =>
  Object.entries(KINDS).map(([kind, questions]) => {
    const own = questions.filter((_question, index) => judges(kind, index) === (half === 'judge'));
    return [kind, half === 'judge' ? own : [...own, ...(FURTHER[kind] ?? [])]];
  });
