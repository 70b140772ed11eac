import { randomUUID } from 'node:crypto';
import { figure } from '../lib/figures.mjs';
import { tell } from '../lib/report.mjs';
import { median } from '../lib/statistics.mjs';
import { createTenant } from '../lib/tenant.mjs';

const WARM_UP = 200;

/**
 * The cost of an Idempotency-Key for a write, in one transaction and under a lease, compared with no key; and of a replay.
 *
 * @param {import('../lib/stage.mjs').Stage} stage
 * @returns {Promise<import('../lib/report.mjs').Section>}
 */
export async function measureIdempotency(stage) {
  const rounds = stage.quick ? 200 : 1000;
  const databaseUrl = await stage.createDatabase();
  const server = await stage.startApi(databaseUrl);
  const api = await createTenant(server.url, databaseUrl);
  const { body } = await api.post('/api/v1/conversations', { title: 'Order' });
  /** @type {[name: string, label: string, path: string, content: object][]} */
  const writes = [
    ['transaction', 'a conversation, in one transaction', '/api/v1/conversations', { title: 'Order' }],
    ['lease', 'a message, under a lease', `/api/v1/conversations/${body.id}/messages`, { content: 'A note.' }],
  ];
  const figures = [];
  for (const [name, label, path, content] of writes) {
    tell(`idempotency: ${label}`);
    /** @type {{ without: number, with: number, replayed: number }[]} */
    const samples = [];
    for (let round = -WARM_UP; round < rounds; round += 1) {
      const headers = { 'idempotency-key': randomUUID() };
      const sample = {
        without: (await api.post(path, content)).ms,
        with: (await api.post(path, content, headers)).ms,
        replayed: (await api.post(path, content, headers)).ms,
      };
      if (round >= 0) samples.push(sample);
    }
    const [without, withKey, replayed] = [
      median(samples.map((sample) => sample.without)),
      median(samples.map((sample) => sample.with)),
      median(samples.map((sample) => sample.replayed)),
    ];
    figures.push(
      figure(`idempotency_${name}_without`, `${label}, without a key: median`, without, 'ms'),
      figure(`idempotency_${name}_with`, `${label}, with a key: median`, withKey, 'ms'),
      figure(`idempotency_${name}_ratio`, `${label}: what the key makes of it`, withKey / without, 'times'),
      figure(`idempotency_${name}_replayed`, `${label}, given again: median`, replayed, 'ms'),
    );
  }
  await server.stop();
  return { title: `Idempotency: one request at a time, ${rounds} of each by turns`, figures };
}
