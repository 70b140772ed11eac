import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { code, direct, paraphrased, typos } from './sets/plain.mjs';
import { comparison, negation, numbers, tables } from './sets/facts.mjs';
import { followUps, lists, parts } from './sets/several.mjs';
import { injection, languages } from './sets/others.mjs';
import { far, nearMiss } from './sets/refused.mjs';
import { FURTHER } from './sets/further.mjs';
import { JUDGE } from './sets/judge.mjs';

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
  clinic: ['bench/retrieval/texts/clinic'],
  mail: [
    ...['nodemailer', 'smtp-server'].flatMap((name) => [
      `node_modules/${name}/README.md`,
      `node_modules/${name}/SECURITY.md`,
    ]),
    'node_modules/postal-mime/README.md',
  ],
  packages: [
    ...['axe-core', 'chokidar', 'class-validator', 'cors', 'fast-check', 'semver'].map(
      (name) => `node_modules/${name}/README.md`,
    ),
    'node_modules/pino-pretty/Readme.md',
  ],
  town: ['bench/retrieval/texts/town'],
};

/** @type {Record<string, Question[]>} */
const DEVELOP = {
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

/**
 * The questions of one set, by kind. Those that judge are not looked at during development.
 *
 * @param {'develop' | 'judge'} set
 * @returns {[kind: string, questions: Question[]][]}
 */
export const questionsOf = (set) =>
  set === 'judge'
    ? Object.entries(JUDGE)
    : Object.entries(DEVELOP).map(([kind, questions]) => [kind, [...questions, ...(FURTHER[kind] ?? [])]]);
