import { setTimeout as sleep } from 'node:timers/promises';
import { asOwner, filled, times, words } from './scene.mjs';

/**
 * @typedef {import('./scene.mjs').Input} Input
 * @typedef {import('./scene.mjs').Scene} Scene
 */

const KNOWLEDGE = '/api/v1/knowledge';
const MOST = 1_000_000;
const INDEXED_WITHIN_MS = 60_000;

/**
 * Texts that repeat one construct: a pattern with two ways to match it backtracks without end.
 *
 * @type {[string, string, string][]}
 */
const CONSTRUCTS = [
  ['ordinals', 'of `1. 1. 1.`', filled('1. ', MOST)],
  ['ordinal_lines', 'of lines of `1.`', filled('1.\n', MOST)],
  ['one_line', 'of one line of words', filled('lorem ipsum ', MOST)],
  ['one_word', 'of one word', filled('x', MOST)],
  ['sentences', 'of sentences of one letter', filled('A. ', MOST)],
  ['abbreviations', 'of abbreviations', filled('e.g. Dr. U.S. ', MOST)],
  ['dots', 'of dots', filled('.', MOST)],
  ['quotes', 'of quotation marks and brackets', filled('."\')]', MOST)],
  ['headings', 'of headings', filled('# a\n', MOST)],
  [
    'long_heading',
    'of one heading of 400 KB over 3,000 paragraphs',
    `# ${filled('word ', 400_000)}\n\n${filled('A paragraph of some length, to be a passage of its own. '.repeat(3) + '\n\n', 500_000)}`,
  ],
  ['heading_marks', 'of number signs', filled('#', MOST)],
  ['heading_links', 'of a heading of open links', `# ${filled('[a](', MOST - 2)}`],
  ['heading_tags', 'of a heading of open tags', `# ${filled('<a ', MOST - 2)}`],
  ['heading_anchors', 'of a heading of open anchors', `# ${filled('{#a ', MOST - 2)}`],
  ['heading_spaces', 'of a heading of spaces', `# a${filled(' ', MOST - 5)}b`],
  ['table_rows', 'of table rows of one word', filled('| a |\n', MOST)],
  ['table_bars', 'of bars', filled('|', MOST)],
  ['fences', 'of code fences', filled('```\n', MOST)],
  ['ticks', 'of ticks', filled('`', MOST)],
  ['lists', 'of nested lists', filled(`${'  '.repeat(20)}- a\n`, MOST)],
  ['emphasis', 'of emphasis', filled('*_**', MOST)],
  ['quotes_nested', 'of nested quotations', filled('> ', MOST)],
  ['rules', 'of front matter that never ends', `---\na: b\n${filled('---x\n', MOST - 20)}`],
  ['lines', 'of empty lines', `a${filled('\n', MOST - 2)}b`],
  ['spaces', 'of spaces', `a${filled(' ', MOST - 2)}b`],
  ['returns', 'of carriage returns and tabs', `a${filled('\r\t', MOST - 2)}b`],
  ['combining', 'of combining marks', `a${filled('\u0301', MOST)}`],
  ['emoji', 'of joined emoji', filled('👩‍👩‍👧', MOST)],
  ['invisible', 'of invisible characters', filled('\u200b\u202e\ufeff', MOST)],
  ['ideographs', 'of ideographs without a stop', filled('漢字', MOST)],
  ['digits', 'of digits, points and commas', filled('1.2,', MOST)],
  ['hyphens', 'of hyphens and apostrophes', filled("a-a'", MOST)],
  ['urls', 'of addresses', filled('http://a.b/c?d=e ', MOST)],
];

/** @param {string} name @param {string} label @param {string} content @returns {Input} */
const document = (name, label, content) => ({
  name: `document_${name}`,
  label: `a document of 1 MB ${label}`,
  make: (scene) => [asOwner(scene, 'POST', KNOWLEDGE, { title: name, collection: 'stall', content })],
  settle: untilIndexed,
});

/** @param {Scene} scene */
async function untilIndexed({ query }) {
  const deadline = performance.now() + INDEXED_WITHIN_MS;
  while (performance.now() < deadline) {
    const waiting = await query(`SELECT FROM knowledge WHERE status = 'processing' AND error IS NULL LIMIT 1`);
    if (waiting.length === 0) return;
    await sleep(50);
  }
}

/** As many distinct words as a message may have. */
const DISTINCT = words(8_000);

/** @param {Scene} scene */
async function oneWordRows(scene) {
  const content = DISTINCT.map((word) => `| ${word} |`).join('\n');
  await scene.owner.post(KNOWLEDGE, { title: 'Rows', collection: 'rows', content: content.repeat(12) });
  await untilIndexed(scene);
}

/** @type {[string, string, string][]} */
const QUESTIONS = [
  ['one_letter', 'of one letter 32,000 times', filled('x', 32_000)],
  ['marks', 'of punctuation', `a${filled('?!.', 31_000)}`],
  ['combining', 'of combining marks', `a${'\u0301'.repeat(31_999)}`],
  ['emoji', 'of emoji', '😀'.repeat(16_000)],
  ['ordinals', 'of `1. 1. 1.`', filled('1. ', 32_000)],
  ['brackets', 'of citations', filled('[1]', 32_000)],
  ['ideographs', 'of ideographs', '漢'.repeat(32_000)],
  ['lines', 'of lines', `a${'\n'.repeat(31_998)}b`],
];

/** @type {Input[]} */
export const documents = [
  ...CONSTRUCTS.map(([name, label, content]) => document(name, label, content)),
  {
    name: 'chat_distinct_words',
    label: 'a chat of 8,000 distinct words over one-word table rows, top_k 50',
    make: async (scene) => {
      await oneWordRows(scene);
      return [asOwner(scene, 'POST', '/api/v1/chat', { message: DISTINCT.join(' '), top_k: 50 })];
    },
  },
  {
    name: 'search_distinct_words',
    label: 'searches for 250 distinct words over one-word table rows, 10 at once',
    crowd: 10,
    make: (scene) =>
      times(10, () => asOwner(scene, 'GET', `${KNOWLEDGE}/search?limit=50&q=${DISTINCT.slice(0, 250).join('+')}`)),
  },
  {
    name: 'chat_texts',
    label: `chats of ${QUESTIONS.length} odd texts of 32,000 characters`,
    make: (scene) => QUESTIONS.map(([, , message]) => asOwner(scene, 'POST', '/api/v1/chat', { message, top_k: 50 })),
  },
  {
    name: 'chat_history',
    label: 'a question after 20 messages of 32,000 characters',
    make: async (scene) => {
      const { body } = await scene.owner.post('/api/v1/conversations', {});
      const content = `${filled('lorem ipsum 1. ', 31_000)}`;
      for (let count = 0; count < 20; count += 1) {
        await scene.owner.post(`/api/v1/conversations/${body.id}/messages`, { content });
      }
      return [
        asOwner(scene, 'POST', '/api/v1/chat', { message: DISTINCT.join(' '), conversation_id: body.id, top_k: 50 }),
      ];
    },
  },
];
