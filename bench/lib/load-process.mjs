import { randomUUID } from 'node:crypto';
import autocannon from 'autocannon';

/** @typedef {import('./load.mjs').Load} Load */

const CONNECTIONS = 32;

process.on('message', (/** @type {Load} */ load) => void run(load));
// When the benchmark ends for any reason, this process ends, too.
process.once('disconnect', () => process.exit());

/** @param {Load} load */
async function run({ url, headers, body, seconds, amount }) {
  const result = await autocannon({
    url,
    ...(headers && { headers }),
    ...(body !== undefined && { requests: [writeOf(body, headers)] }),
    connections: CONNECTIONS,
    ...(amount ? { amount } : { duration: seconds }),
  });
  const failed = result.errors + result.non2xx;
  process.send?.(
    failed > 0
      ? { problem: `${failed} of ${result.requests.total} requests to ${url} failed.` }
      : {
          requests: result.requests.total,
          perSecond: result.requests.total / result.duration,
          p50Ms: result.latency.p50,
          p99Ms: result.latency.p99,
        },
  );
}

/** @param {string} body @param {Record<string, string>} [headers] */
function writeOf(body, headers = {}) {
  return {
    method: /** @type {const} */ ('POST'),
    headers: { 'content-type': 'application/json', ...headers },
    body,
    // It receives the whole request, including the path.
    setupRequest: (/** @type {import('autocannon').Sent} */ request) => ({
      ...request,
      headers: { ...request.headers, 'idempotency-key': randomUUID() },
    }),
  };
}
