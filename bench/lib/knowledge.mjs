import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../scripts/lib/failure.mjs';
import { asMarkdown, makeManuals } from './corpus.mjs';

/** @typedef {import('./api.mjs').Api} Api */

/** Approximate number of passages of one manual. */
const PASSAGES_PER_MANUAL = 632;
const UPLOADS_AT_ONCE = 4;
const INDEXED_WITHIN_MS = 30 * 60_000;

/**
 * Loads manuals through the API, each as an entry that is indexed in the background, and waits until all are indexed.
 *
 * @param {Api} api
 * @param {{ passages: number, onProgress: (line: string) => void }} options
 */
export async function loadKnowledge(api, { passages, onProgress }) {
  const manuals = makeManuals(passages / PASSAGES_PER_MANUAL);
  const startedAt = performance.now();
  const waiting = [...manuals];
  const upload = async () => {
    for (let manual = waiting.shift(); manual; manual = waiting.shift()) {
      await api.post('/api/v1/knowledge', { title: manual.title, content: asMarkdown(manual) });
    }
  };
  await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, upload));
  const count = await waitUntilIndexed(api, onProgress);
  return { manuals, passages: count, seconds: (performance.now() - startedAt) / 1000 };
}

/**
 * @param {Api} api
 * @param {(line: string) => void} onProgress
 * @returns {Promise<number>} number of passages
 */
async function waitUntilIndexed(api, onProgress) {
  const deadline = Date.now() + INDEXED_WITHIN_MS;
  for (let told = Date.now(); Date.now() < deadline; await sleep(250)) {
    const entries = await listEntries(api);
    const failed = entries.find(({ error }) => error);
    if (failed) throw new Failure(`Indexing failed: ${failed.error}`);
    const ready = entries.filter(({ status }) => status === 'ready');
    if (ready.length === entries.length) return ready.reduce((sum, { passage_count }) => sum + passage_count, 0);
    if (Date.now() - told < 10_000) continue;
    told = Date.now();
    onProgress(`${ready.length} of ${entries.length} manuals indexed`);
  }
  throw new Failure('The knowledge was not indexed in time: does the worker run?');
}

/**
 * @param {Api} api
 * @returns {Promise<{ status: string, error: string | null, passage_count: number }[]>}
 */
async function listEntries(api) {
  const entries = [];
  for (let cursor = ''; ;) {
    const { body } = await api.get(`/api/v1/knowledge?limit=100${cursor}`);
    entries.push(...body.data);
    if (!body.has_more) return entries;
    cursor = `&cursor=${body.next_cursor}`;
  }
}
