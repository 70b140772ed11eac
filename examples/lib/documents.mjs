import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Trouble } from './trouble.mjs';

/**
 * @typedef {object} Document
 * @property {string} source origin of the document, which identifies it across runs
 * @property {string} title
 * @property {string} content
 * @property {string} hash hash of title and content
 */

const MODULES = join(import.meta.dirname, '../../node_modules');

/** Files or folders; a missing package is skipped. */
const PATHS = ['fastify/docs', 'pino/README.md', 'pino/docs', 'ioredis/README.md', 'autocannon/README.md'];

/**
 * The Markdown documentation of real packages, as installed here by npm.
 *
 * @returns {Document[]}
 */
export function readDocuments() {
  if (!existsSync(join(MODULES, 'fastify/docs'))) {
    throw new Trouble('The documents of this demo are those of the installed packages: run npm install first.');
  }
  return PATHS.filter((path) => existsSync(join(MODULES, path)))
    .flatMap((path) => (path.endsWith('.md') ? [path] : filesIn(path)))
    .map(readDocument)
    .filter(({ content }) => content.trim());
}

/** @param {string} folder */
function filesIn(folder) {
  const names = readdirSync(join(MODULES, folder), { recursive: true }).map(String);
  return names.filter((name) => name.endsWith('.md')).map((name) => join(folder, name));
}

/**
 * @param {string} source
 * @returns {Document}
 */
function readDocument(source) {
  const content = readFileSync(join(MODULES, source), 'utf8');
  const name = source.split('/', 1)[0] ?? '';
  const page = basename(source, '.md');
  const title = page === 'README' ? name : `${name}: ${page.replaceAll('-', ' ')}`;
  const hash = createHash('sha256').update(`${title}\n${content}`).digest('hex');
  return { source, title, content, hash };
}

/** @param {string} text */
export const countWords = (text) => text.split(/\s+/).filter(Boolean).length;
