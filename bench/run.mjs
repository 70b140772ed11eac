// `npm run bench [-- --only list,chat --quick --json]`: measures the built server and compares it with its building blocks.
import { runCommand } from '../scripts/lib/command.mjs';
import { aborted } from '../scripts/lib/waiting.mjs';
import { describeMachine, inWords } from './lib/machine.mjs';
import { readOptions } from './lib/options.mjs';
import { asTable } from './lib/report.mjs';
import { openStage } from './lib/stage.mjs';
import { measureAuth } from './parts/auth.mjs';
import { measureAudit } from './parts/audit.mjs';
import { measureBoot } from './parts/boot.mjs';
import { measureChat } from './parts/chat.mjs';
import { measureIdempotency } from './parts/idempotency.mjs';
import { measureLimits } from './parts/limits.mjs';
import { measureList } from './parts/list.mjs';
import { measureOAuth } from './parts/oauth.mjs';
import { measurePeers } from './parts/peers.mjs';
import { measureRetrieval } from './parts/retrieval.mjs';
import { measureRevocation } from './parts/revocation.mjs';
import { measureStall } from './parts/stall.mjs';
import { measureStream } from './parts/stream.mjs';
import { measureTasks } from './parts/tasks.mjs';
import { measureWay } from './parts/way.mjs';

/**
 * @typedef {import('./lib/stage.mjs').Stage} Stage
 * @typedef {import('./lib/report.mjs').Section} Section
 * @typedef {(stage: Stage, defer: (closer: () => unknown) => void) => Promise<Section>} Part
 */

/** Installs Directus, which takes minutes, so it runs only if named. */
const ONLY_WHEN_NAMED = ['peers'];

/** @type {Map<string, Part>} */
const PARTS = new Map([
  ['list', measureList],
  ['peers', measurePeers],
  ['chat', measureChat],
  ['stream', measureStream],
  ['auth', measureAuth],
  ['oauth', measureOAuth],
  ['revocation', measureRevocation],
  ['audit', measureAudit],
  ['idempotency', measureIdempotency],
  ['limits', measureLimits],
  ['way', measureWay],
  ['boot', measureBoot],
  ['retrieval', measureRetrieval],
  ['tasks', measureTasks],
  ['stall', measureStall],
]);

await runCommand(
  async (command) => {
    const { only, json, quick } = readOptions(process.argv.slice(2), [...PARTS.keys()], ONLY_WHEN_NAMED);
    const machine = describeMachine();
    if (!json) console.log(`${inWords(machine)}\n`);
    const stage = await openStage(command, { quick });
    const sections = [];
    for (const name of only) {
      const measure = /** @type {Part} */ (PARTS.get(name));
      // A measurement may ignore Ctrl-C: it is abandoned, and the servers it uses are stopped.
      const section = await Promise.race([measure(stage, command.defer), aborted(command.signal)]);
      if (!section) throw command.signal.reason;
      if (!json) console.log(asTable(section));
      sections.push(section);
    }
    if (json) {
      const figures = sections.flatMap((section) => section.figures);
      console.log(JSON.stringify({ machine, measured_at: new Date().toISOString(), quick, figures }));
    }
    return sections.some(hasMissed) ? 1 : 0;
  },
  { exitCodeWhenInterrupted: (signalNumber) => 128 + signalNumber },
);

/** @param {Section} section */
function hasMissed({ mustMeet = false, figures }) {
  return mustMeet && figures.some(({ met }) => met === false);
}
