// `npm run bench [-- --only list,chat --quick --json]`: measures the built server beside what it is built on.
import { runCommand } from '../scripts/lib/command.mjs';
import { describeMachine } from './lib/machine.mjs';
import { readOptions } from './lib/options.mjs';
import { asTable } from './lib/report.mjs';
import { openStage } from './lib/stage.mjs';
import { measureList } from './parts/list.mjs';

/** @type {Record<string, (stage: import('./lib/stage.mjs').Stage, defer: (closer: () => unknown) => void) => Promise<import('./lib/report.mjs').Section>>} */
const PARTS = { list: measureList };

await runCommand(
  async (command) => {
    const { only, json, quick } = readOptions(process.argv.slice(2), Object.keys(PARTS));
    const machine = describeMachine();
    if (!json) console.log(`${machine.processor}, ${machine.cores} cores, ${machine.memory_gib} GiB, Node ${machine.node}\n`);
    const stage = await openStage(command, { quick });
    const sections = [];
    for (const name of only) {
      const section = await /** @type {NonNullable<typeof PARTS[string]>} */ (PARTS[name])(stage, command.defer);
      if (!json) console.log(asTable(section));
      sections.push(section);
    }
    if (json) {
      const figures = sections.flatMap((section) => section.figures);
      console.log(JSON.stringify({ machine, measured_at: new Date().toISOString(), quick, figures }));
    }
    return 0;
  },
  { exitCodeWhenInterrupted: (signalNumber) => 128 + signalNumber },
);
