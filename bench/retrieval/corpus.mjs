import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} Section a passage of the documentation
 * @property {string} title the document's name
 * @property {string[]} headings headings above it, outermost first
 * @property {string} text
 *
 * @typedef {object} Pair a heading as a question, and the sections under it
 * @property {string} question
 * @property {Set<number>} gold indices of sections
 */

/**
 * The documentation of fastify, split into passages by the server's own code.
 *
 * @param {string} root path of the checkout
 * @returns {Promise<Section[]>}
 */
export async function readSections(root) {
  const { splitIntoPassages } = await import(join(root, 'dist/product/retrieval/passages.js'));
  const folder = join(root, 'node_modules/fastify/docs');
  const names = readdirSync(folder, { recursive: true }).map(String);
  return names
    .filter((name) => name.endsWith('.md'))
    .sort()
    .flatMap((name) =>
      splitIntoPassages(readFileSync(join(folder, name), 'utf8')).map((/** @type {Section} */ { headings, text }) => ({
        title: name.replace(/\.md$/, ''),
        headings,
        text,
      })),
    );
}

/**
 * Each heading with the passages directly under it, or those of its subsections if it has none of its own. Identical
 * headings, such as "Example", are one question with all their passages.
 *
 * @param {Section[]} sections
 * @returns {Pair[]}
 */
export function headingPairs(sections) {
  /** @type {Map<string, { own: Set<number>, below: Set<number> }>} */
  const byHeading = new Map();
  for (const [index, { headings }] of sections.entries()) {
    for (const [depth, heading] of headings.entries()) {
      const found = byHeading.get(heading) ?? { own: new Set(), below: new Set() };
      byHeading.set(heading, found);
      (depth === headings.length - 1 ? found.own : found.below).add(index);
    }
  }
  return [...byHeading]
    .filter(([heading]) => /[a-z]{2}/i.test(heading))
    .map(([question, { own, below }]) => ({ question, gold: own.size > 0 ? own : below }));
}
