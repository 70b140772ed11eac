import { Failure } from '../../scripts/lib/failure.mjs';
import { Api } from '../lib/api.mjs';
import { figure } from '../lib/figures.mjs';
import { tell } from '../lib/report.mjs';
import { median } from '../lib/statistics.mjs';
import { createOwner } from '../lib/tenant.mjs';

const PATH = '/api/v1/conversations?limit=1';

/**
 * The time until a key revoked by one process is rejected by another process that has cached it.
 *
 * @param {import('../lib/stage.mjs').Stage} stage
 * @returns {Promise<import('../lib/report.mjs').Section>}
 */
export async function measureRevocation(stage) {
  const revocations = stage.quick ? 20 : 200;
  const databaseUrl = await stage.createDatabase();
  const [here, there] = await Promise.all([stage.startApi(databaseUrl), stage.startApi(databaseUrl)]);
  const owner = await createOwner(here.url, databaseUrl);
  tell(`revocation: ${revocations} keys, each revoked on one process and used on the other`);
  /** @type {number[]} */
  const delays = [];
  for (let count = 0; count < revocations; count += 1) {
    const { body } = await owner.post('/api/v1/api-keys', { name: 'Short-lived', scopes: ['conversations:read'] });
    const elsewhere = new Api(there.url, body.key);
    await elsewhere.get(PATH);
    const revoked = owner.delete(`/api/v1/api-keys/${body.id}`).then(() => performance.now());
    const refused = untilRefused(elsewhere);
    delays.push((await refused) - (await revoked));
  }
  await Promise.all([here.stop(), there.stop()]);
  return {
    title: `Revocation: from the answer that a key is revoked until another process refuses it, ${revocations} times`,
    figures: [
      figure('revocation_median', 'median', Math.max(0, median(delays)), 'ms'),
      figure('revocation_worst', 'worst', Math.max(0, ...delays), 'ms', { atMost: 100 }),
    ],
    notes: ['0: refused no later than the answer was there.'],
  };
}

/**
 * Uses the key continuously.
 *
 * @param {Api} api
 * @returns {Promise<number>} time of the rejection
 */
async function untilRefused(api) {
  for (;;) {
    try {
      await api.get(PATH);
    } catch (error) {
      if (error instanceof Failure && error.message.endsWith('answered 401.')) return performance.now();
      throw error;
    }
  }
}
