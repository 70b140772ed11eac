import { tell } from './report.mjs';
import { cpuSecondsOf } from './server.mjs';
import { median } from './statistics.mjs';

/**
 * @typedef {import('./load.mjs').LoadResult & { cpuMicros: number }} Sample
 * @typedef {object} Target
 * @property {string} name
 * @property {string} path
 * @property {import('./server.mjs').Server} server
 * @property {Record<string, string>} [headers]
 * @property {string} [body] body of a POST
 */

const WARM_UP_SECONDS = 3;

/**
 * Loads the targets alternately, so that other work on the machine affects all of them.
 *
 * @param {string} part name of the part, for the progress
 * @param {Target[]} targets
 * @param {{ rounds: number, seconds: number, run: import('./load.mjs').RunLoad }} options
 * @returns {Promise<Samples>}
 */
export async function alternate(part, targets, { rounds, seconds, run }) {
  const samples = new Samples();
  for (let round = 0; round <= rounds; round += 1) {
    tell(round === 0 ? `${part}: warming up` : `${part}: round ${round} of ${rounds}`);
    for (const { name, path, server, headers, body } of targets) {
      const before = cpuSecondsOf(server.pid);
      const result = await run({
        url: server.url + path,
        seconds: round === 0 ? WARM_UP_SECONDS : seconds,
        ...(headers && { headers }),
        ...(body !== undefined && { body }),
      });
      const cpuMicros = ((cpuSecondsOf(server.pid) - before) * 1e6) / result.requests;
      if (round > 0) samples.add(name, { ...result, cpuMicros });
    }
  }
  return samples;
}

/** One sample per target and round. */
export class Samples {
  /** @type {Map<string, Sample[]>} */
  #byTarget = new Map();

  /** @param {string} name @param {Sample} sample */
  add(name, sample) {
    this.#byTarget.set(name, [...this.#of(name), sample]);
  }

  /**
   * @param {string} name
   * @param {keyof Sample} property
   * @returns {number}
   */
  median(name, property) {
    return median(this.#of(name).map((sample) => sample[property]));
  }

  /**
   * @param {string} name
   * @param {string} beside
   * @returns {number} requests per second of one divided by those of the other, per round; the median
   */
  ratio(name, beside) {
    const others = this.#of(beside);
    return median(this.#of(name).map(({ perSecond }, round) => perSecond / (others[round]?.perSecond ?? NaN)));
  }

  /** @param {string} name */
  #of(name) {
    return this.#byTarget.get(name) ?? [];
  }
}
