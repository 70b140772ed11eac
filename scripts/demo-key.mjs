// `npm run demo:key`: creates another API key for the demo organization of the server that runs here, and prints it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './lib/checkout.mjs';
import { runCommand } from './lib/command.mjs';
import { Failure } from './lib/failure.mjs';
import { settingsOf } from './lib/local-settings.mjs';
import { runTool } from './lib/tool.mjs';

const SEED = join(ROOT, 'dist/seed-demo.js');

await runCommand(async ({ signal }) => {
  const settings = settingsOf(process.env);
  if (!existsSync(SEED)) throw new Failure('The server is not built. Run npm start first.');
  const output = await runTool(process.execPath, [SEED, '--new-key'], {
    failure: 'The key could not be created.',
    cwd: ROOT,
    env: { ...process.env, ...settings },
    signal,
  });
  // The key is in the last line; progress comes before it.
  console.log(JSON.parse(output.trimEnd().split('\n').at(-1) ?? '').api_key);
  return 0;
});
