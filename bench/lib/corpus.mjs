import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/lib/checkout.mjs';
import { Random } from './random.mjs';

/**
 * @typedef {{ heading: string, paragraphs: string[] }} Section
 * @typedef {{ title: string, sections: Section[] }} Manual
 */

const DOCS = join(ROOT, 'node_modules/fastify/docs');
const WORD = /\b[A-Za-z]{5,}\b/g;
/** Maximum frequency of subject words; more frequent ones belong to the language. */
const RARE_ENOUGH = 0.002;
const SHARE_REPLACED = 0.4;
const SYLLABLES = 'ba co di fe gu ha jo ki la me no pi qua ro sa te vi wo xe zu lan mer tor ven sil dor'.split(' ');

const sections = readSections();
const subjectWords = commonSubjectWords(sections);

/**
 * Manuals of invented products: the documentation of fastify with its sections and paragraphs reordered and, in each manual,
 * many of its nouns replaced. So the vocabulary grows with the corpus, but the language stays real.
 *
 * @param {number} count with a fraction, the last manual is shorter by that share
 * @returns {Manual[]}
 */
export function makeManuals(count) {
  return Array.from({ length: Math.ceil(count) }, (_, index) => makeManual(index, Math.min(1, count - index)));
}

/**
 * @param {number} seed
 * @param {number} share share of the sections
 * @returns {Manual}
 */
function makeManual(seed, share) {
  const random = new Random(seed + 1);
  const title = capitalized(coinWord(random));
  const replaced = new Map([['fastify', title]]);
  for (const word of subjectWords) {
    if (random.next() >= SHARE_REPLACED) continue;
    replaced.set(word, random.next() < 0.5 ? coinWord(random) : random.pick(subjectWords));
  }
  const rewrite = (/** @type {string} */ text) =>
    text.replace(WORD, (word) => {
      const other = replaced.get(word.toLowerCase());
      return other ? (/^[A-Z]/.test(word) ? capitalized(other) : other) : word;
    });
  return {
    title,
    sections: random
      .shuffled(sections.slice(0, Math.round(sections.length * share)))
      .map(({ heading, paragraphs }) => ({
        heading: rewrite(heading),
        paragraphs: random.shuffled(paragraphs).map(rewrite),
      })),
  };
}

/**
 * @param {Manual} manual
 * @returns {string} as Markdown
 */
export function asMarkdown({ title, sections }) {
  const parts = sections.map(({ heading, paragraphs }) => `## ${heading}\n\n${paragraphs.join('\n\n')}`);
  return `# ${title}\n\n${parts.join('\n\n')}\n`;
}

/** @type {Array<(heading: string, title: string) => string>} */
const QUESTIONS = [
  (heading, title) => `How does ${heading} work in ${title}?`,
  (heading) => `What do I have to know about ${heading}?`,
  (heading, title) => `When should I use ${heading} with ${title}?`,
  (heading) => `Where is ${heading} configured, and what is the default?`,
];

/**
 * Different questions about the manuals: half of them use a heading, half the words of a sentence.
 *
 * @param {Manual[]} manuals
 * @param {number} count
 * @returns {string[]}
 */
export function makeQuestions(manuals, count) {
  const random = new Random(7);
  const questions = new Set();
  while (questions.size < count) {
    const { title, sections } = random.pick(manuals);
    const { heading, paragraphs } = random.pick(sections);
    const sentence = random.pick(paragraphs).match(/[A-Z][\w ,'-]{40,120}(?=\.)/)?.[0];
    if (questions.size % 2 === 0) questions.add(random.pick(QUESTIONS)(heading, title));
    else if (sentence) questions.add(`Is it true that ${sentence.replace(/\s+/g, ' ')}?`);
  }
  return [...questions];
}

/** @returns {Section[]} */
function readSections() {
  const names = readdirSync(DOCS, { recursive: true }).map(String).sort();
  const texts = names.filter((name) => name.endsWith('.md')).map((name) => readFileSync(join(DOCS, name), 'utf8'));
  return texts.flatMap((text) =>
    text
      .split(/^#{1,4} +/m)
      .slice(1)
      .map((section) => {
        const [heading = '', ...body] = section.split('\n');
        const paragraphs = body
          .join('\n')
          .split(/\n\s*\n/)
          .filter((paragraph) => /\w{3}/.test(paragraph));
        return { heading: heading.replace(/<[^>]*>|[`*[\]]|\(.*?\)/g, '').trim(), paragraphs };
      })
      .filter(({ heading, paragraphs }) => /\w{3}/.test(heading) && paragraphs.length > 0),
  );
}

/** @param {Section[]} sections @returns {string[]} */
function commonSubjectWords(sections) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  let total = 0;
  for (const { paragraphs } of sections) {
    for (const [word] of paragraphs.join('\n').toLowerCase().matchAll(WORD)) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
      total += 1;
    }
  }
  return [...counts].filter(([, count]) => count > 2 && count / total < RARE_ENOUGH).map(([word]) => word);
}

/** @param {Random} random */
function coinWord(random) {
  return Array.from({ length: 2 + Math.floor(random.next() * 3) }, () => random.pick(SYLLABLES)).join('');
}

/** @param {string} word */
const capitalized = (word) => word.charAt(0).toUpperCase() + word.slice(1);
