// `npm run demo`: loads the documentation of real packages into a running server, asks it ten questions, and shows the
// answers with their sources. Then it uploads the orders of a shop, and asks why sales fell.
import { demonstrateAnalysis } from './lib/analysis.mjs';
import { countWords, readDocuments } from './lib/documents.mjs';
import { load, waitUntilReady } from './lib/load.mjs';
import { questions } from './lib/questions.mjs';
import { Server } from './lib/server.mjs';
import { count, paint, Paragraph, say, sayForNow, shortened, time } from './lib/terminal.mjs';
import { Trouble } from './lib/trouble.mjs';

/**
 * @typedef {import('./lib/questions.mjs').Question} Question
 * @typedef {import('./lib/server.mjs').Message} Message
 */

const QUOTE_LENGTH = 160;

try {
  const { PARLANCE_URL: url = 'http://127.0.0.1:3000', PARLANCE_API_KEY: key } = process.env;
  if (!key) {
    throw new Trouble(
      'PARLANCE_API_KEY is not set: npm start printed a key at its first start, npm run demo:key makes one.',
    );
  }
  const server = new Server(url, key);
  await demonstrate(server, url);
  await demonstrateAnalysis(server);
} catch (error) {
  if (!(error instanceof Trouble)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/**
 * @param {Server} server
 * @param {string} url
 */
async function demonstrate(server, url) {
  say(paint('bold', `Parlance demo, ${url}`));
  const loadMs = await loadDocuments(server);

  const answerMs = [];
  let firstWordsMs = 0;
  let conversationId = '';
  for (const [index, question] of questions.entries()) {
    say(`\n${paint('bold', `${index + 1}. ${question.text}`)}${remark(question)}`);
    const body = { message: question.text, ...(question.kind === 'follow-up' && { conversation_id: conversationId }) };
    const startedAt = performance.now();
    const paragraph = new Paragraph('   ');
    /** @type {Message} */
    let message;
    if (question.kind === 'streamed') {
      message = await server.stream(body, (delta) => {
        firstWordsMs ||= performance.now() - startedAt;
        paragraph.write(delta);
      });
    } else {
      message = await server.call('POST', '/api/v1/chat', body);
      paragraph.write(message.content);
    }
    const ms = performance.now() - startedAt;
    paragraph.end();
    showSources(message);
    say(paint('dim', `   ${time(ms)}`));
    answerMs.push(ms);
    conversationId = message.conversation_id;
  }

  const sorted = answerMs.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
  say(`\n${paint('bold', 'Timings')}`);
  say(`   documents loaded and indexed   ${time(loadMs)}`);
  say(`   whole answer                   ${time(middle)} in the middle, ${time(sorted.at(-1) ?? 0)} at most`);
  say(`   first words of the stream      ${time(firstWordsMs)}`);
}

/**
 * @param {Server} server
 * @returns {Promise<number>} the time it took
 */
async function loadDocuments(server) {
  const documents = readDocuments();
  const words = documents.reduce((sum, { content }) => sum + countWords(content), 0);
  say(`\nLoading ${documents.length} files of documentation, ${count(words)} words, from node_modules`);
  const startedAt = performance.now();
  const tally = await load(server, documents, (done) => sayForNow(`   ${done} of ${documents.length}`));
  if (tally.background > 0) sayForNow(`   waiting for ${tally.background} large ones`);
  const passages = await waitUntilReady(server);
  const ms = performance.now() - startedAt;
  sayForNow('');
  const { added, changed, unchanged, background } = tally;
  say(
    `   ${added} added, ${changed} changed, ${unchanged} unchanged; ${background} large ones indexed in the background`,
  );
  say(`   ${count(passages)} passages ready after ${time(ms)}`);
  return ms;
}

/** @param {Question} question */
function remark({ kind }) {
  const remarks = {
    'follow-up': 'follow-up in the same conversation',
    streamed: 'streamed',
    unanswerable: 'not in the documents',
  };
  return kind ? paint('dim', `  (${remarks[kind]})`) : '';
}

/** @param {Message} message */
function showSources({ sources }) {
  for (const { title, text, start, end, verified } of sources) {
    const mark = verified ? paint('green', '✓') : paint('red', '✗');
    say(`   ${mark} ${paint('cyan', title)} ${paint('dim', `characters ${count(start)}-${count(end)}`)}`);
    new Paragraph('     ', { style: 'dim', verbatim: true }).write(`“${shortened(text, QUOTE_LENGTH)}”`).end();
  }
}
