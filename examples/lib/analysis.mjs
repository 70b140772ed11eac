import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { paint, Paragraph, say, sayForNow, time } from './terminal.mjs';
import { Trouble } from './trouble.mjs';

/** @typedef {import('./server.mjs').Server} Server */

const ORDERS = new URL('../data/orders.parquet', import.meta.url);
const NAME = 'demo orders';
const QUESTION = 'Why did sales in the West fall in the last quarter compared with the year before?';
const SHOWN_INSIGHTS = 6;
const BAR_WIDTH = 20;
/** Where report and charts are written; Git ignores it. */
const FOLDER = '.parlance/demo';

/**
 * Uploads the orders of a shop, asks a question about them, and shows the answer.
 *
 * @param {Server} server
 */
export async function demonstrateAnalysis(server) {
  say(`\n${paint('bold', 'Analysis')}`);
  say(`   9,994 orders of a shop: ${paint('bold', QUESTION)}`);
  const startedAt = performance.now();
  const source = await uploadOrders(server);
  const { task_id: task } = await server.call('POST', '/api/v1/tasks/analyze', {
    description: QUESTION,
    data_source: source,
  });
  for await (const { event, data } of server.follow(`/api/v1/tasks/${task}/events`)) {
    const done = Math.round((data.progress / 100) * BAR_WIDTH);
    sayForNow(`   [${'#'.repeat(done)}${'.'.repeat(BAR_WIDTH - done)}] ${data.progress}% ${data.message ?? ''}`);
    if (event === 'failed' || event === 'cancelled') throw new Trouble(`The analysis ended: ${data.message}`);
  }
  sayForNow('');
  const { results, files } = await server.call('GET', `/api/v1/tasks/${task}/results`);
  new Paragraph('   ', { verbatim: true }).write(results.summary).end();
  for (const insight of results.insights.slice(0, SHOWN_INSIGHTS)) {
    new Paragraph('     ', { style: 'dim', verbatim: true }).write(`- ${insight}`).end();
  }
  mkdirSync(FOLDER, { recursive: true });
  for (const { name, url } of files) writeFileSync(join(FOLDER, name), await server.download(url));
  say(`   ${files.length} files with the report and the charts are in ${FOLDER}`);
  say(paint('dim', `   ${time(performance.now() - startedAt)}`));
}

/**
 * @param {Server} server
 * @returns {Promise<string>} the id of the data source
 */
async function uploadOrders(server) {
  const { data: known } = await server.call('GET', '/api/v1/data-sources?limit=100');
  const { id } =
    known.find((/** @type {{ name: string }} */ { name }) => name === NAME) ??
    (await server.call('POST', '/api/v1/data-sources', { name: NAME, format: 'parquet' }));
  await server.upload(`/api/v1/data-sources/${id}/content`, readFileSync(ORDERS));
  for (;;) {
    const { status, error } = await server.call('GET', `/api/v1/data-sources/${id}`);
    if (status === 'ready') return id;
    if (status === 'failed') throw new Trouble(`The orders cannot be read: ${error}`);
    await sleep(200);
  }
}
