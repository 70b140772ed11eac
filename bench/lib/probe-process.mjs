import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Without a pause it would take processor time from the measured server. */
const PAUSE_MS = 2;
/** A server that does not respond for longer is considered lost. */
const GIVE_UP_MS = 30_000;

/** @type {Agent} */
let agent;
let url = '';
let waits = { longestMs: 0, requests: 0, failed: 0 };

process.on(
  'message',
  (/** @type {{ url?: string, end?: boolean }} */ message) => void (message.url ? begin(message.url) : end()),
);
// When the benchmark ends for any reason, this process ends, too.
process.once('disconnect', () => process.exit());

/** @type {Promise<void>} */
let calling = Promise.resolve();
let isEnding = false;

/** @param {string} address */
async function begin(address) {
  url = address;
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
  isEnding = false;
  await call();
  waits = { longestMs: 0, requests: 0, failed: 0 };
  process.send?.(waits);
  calling = callAgainAndAgain();
}

async function end() {
  isEnding = true;
  await calling;
  agent.destroy();
  process.send?.(waits);
}

async function callAgainAndAgain() {
  while (!isEnding) {
    await call();
    await sleep(PAUSE_MS);
  }
}

async function call() {
  const startedAt = performance.now();
  const isAnswered = await answerOf().catch(() => false);
  waits.requests += 1;
  if (!isAnswered) waits.failed += 1;
  waits.longestMs = Math.max(waits.longestMs, performance.now() - startedAt);
}

/** @returns {Promise<boolean>} */
function answerOf() {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, timeout: GIVE_UP_MS }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode === 200));
      response.once('error', reject);
    });
    request.once('timeout', () => request.destroy(new Error('no answer')));
    request.once('error', reject);
  });
}
