import { setTimeout as sleep } from 'node:timers/promises';
import { Trouble } from './trouble.mjs';

/**
 * @typedef {import('./documents.mjs').Document} Document
 * @typedef {import('./server.mjs').Server} Server
 *
 * @typedef {object} Entry an entry of the knowledge base
 * @property {string} id
 * @property {string} title
 * @property {string | null} source
 * @property {{ sha256?: string }} metadata
 * @property {'processing' | 'ready' | 'failed'} status
 * @property {number} passage_count
 *
 * @typedef {{ added: number, changed: number, unchanged: number, background: number }} Tally
 */

const COLLECTION = 'demo';
const AT_ONCE = 4;
const INDEXED_WITHIN_MS = 120_000;

/**
 * Brings the collection up to date: adds new documents, changes different ones, leaves the rest alone.
 *
 * @param {Server} server
 * @param {Document[]} documents
 * @param {(done: number) => void} onProgress
 * @returns {Promise<Tally>}
 */
export async function load(server, documents, onProgress) {
  const known = new Map((await listEntries(server)).map((entry) => [entry.source, entry]));
  const tally = { added: 0, changed: 0, unchanged: 0, background: 0 };
  const waiting = [...documents];
  let done = 0;
  const worker = async () => {
    for (let document = waiting.shift(); document; document = waiting.shift()) {
      await bring(server, document, known.get(document.source), tally);
      onProgress((done += 1));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return tally;
}

/**
 * @param {Server} server
 * @param {Document} document
 * @param {Entry | undefined} known
 * @param {Tally} tally
 */
async function bring(server, { source, title, content, hash }, known, tally) {
  if (known?.metadata.sha256 === hash && known.status !== 'failed') {
    tally.unchanged += 1;
    return;
  }
  const body = { title, content, source, collection: COLLECTION, metadata: { sha256: hash } };
  /** @type {Entry} */
  const entry = known
    ? await server.call('PATCH', `/api/v1/knowledge/${known.id}`, body)
    : await server.call('POST', '/api/v1/knowledge', body);
  tally[known ? 'changed' : 'added'] += 1;
  if (entry.status === 'processing') tally.background += 1;
}

/**
 * Waits until the last large entry is indexed in the background.
 *
 * @param {Server} server
 * @returns {Promise<number>} number of searchable passages
 */
export async function waitUntilReady(server) {
  for (const deadline = Date.now() + INDEXED_WITHIN_MS; Date.now() < deadline; await sleep(200)) {
    const entries = await listEntries(server);
    const failed = entries.find(({ status }) => status === 'failed');
    if (failed) throw new Trouble(`"${failed.title}" could not be indexed.`);
    if (entries.every(({ status }) => status === 'ready')) {
      return entries.reduce((sum, { passage_count }) => sum + passage_count, 0);
    }
  }
  throw new Trouble('Indexing takes too long: does a worker run beside the server?');
}

/**
 * @param {Server} server
 * @returns {Promise<Entry[]>}
 */
async function listEntries(server) {
  const entries = [];
  for (let cursor = ''; ;) {
    const page = await server.call('GET', `/api/v1/knowledge?collection=${COLLECTION}&limit=100${cursor}`);
    entries.push(...page.data);
    if (!page.has_more) return entries;
    cursor = `&cursor=${page.next_cursor}`;
  }
}
