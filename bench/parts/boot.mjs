import { Api } from '../lib/api.mjs';
import { figure } from '../lib/figures.mjs';
import { startLoad } from '../lib/load.mjs';
import { tell } from '../lib/report.mjs';
import { residentMebibytesOf } from '../lib/server.mjs';
import { median } from '../lib/statistics.mjs';
import { createTenant } from '../lib/tenant.mjs';

const REQUESTS = 10_000;

/**
 * The time until the built server is ready with its services running, and its memory use.
 *
 * @param {import('../lib/stage.mjs').Stage} stage
 * @param {(closer: () => unknown) => void} defer
 * @returns {Promise<import('../lib/report.mjs').Section>}
 */
export async function measureBoot(stage, defer) {
  const databaseUrl = await stage.createDatabase();
  const boots = stage.quick ? 3 : 7;
  const seconds = [];
  const memory = [];
  for (let boot = 1; boot <= boots; boot += 1) {
    tell(`boot: ${boot} of ${boots}`);
    const startedAt = performance.now();
    const server = await stage.startApi(databaseUrl);
    // Fails unless the server is ready: listening is the last step.
    await new Api(server.url).get('/health/ready');
    seconds.push((performance.now() - startedAt) / 1000);
    memory.push(residentMebibytesOf(server.pid));
    await server.stop();
  }

  tell(`boot: ${REQUESTS.toLocaleString('en-US')} requests`);
  const server = await stage.startApi(databaseUrl);
  const api = await createTenant(server.url, databaseUrl);
  for (let index = 0; index < 20; index += 1) await api.post('/api/v1/conversations', { title: `Order ${index}` });
  const run = startLoad(defer);
  await run({ url: `${server.url}/api/v1/conversations?limit=20`, headers: api.headers, amount: REQUESTS });
  const loaded = residentMebibytesOf(server.pid);
  await server.stop();
  return {
    title: `Boot and memory: node dist/main.js, ${boots} boots`,
    figures: [
      figure('boot_seconds', 'from start to /health/ready, median', median(seconds), 's', { atMost: 2 }),
      figure('boot_seconds_worst', 'from start to /health/ready, worst', Math.max(...seconds), 's'),
      figure('memory_boot', 'resident memory after boot, median', median(memory), 'MiB', { atMost: 200 }),
      figure('memory_loaded', 'resident memory after 10,000 lists of 20', loaded, 'MiB', { atMost: 200 }),
    ],
  };
}
