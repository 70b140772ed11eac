#!/usr/bin/env node
// `parlance`, both in the checkout (npx parlance) and in the image. The command line is src/cli.ts, bundled by esbuild.config.js.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const built = new URL('../dist/command-line/cli.js', import.meta.url);
const localSettings = new URL('../scripts/lib/local-settings.mjs', import.meta.url);

// Caches the compiled code between starts (from Node 22.1 on), in a folder of this user, because V8 trusts its content.
/** @type {typeof module & { enableCompileCache?: (folder: string) => void }} */
const { enableCompileCache } = module;
enableCompileCache?.(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'parlance'));

if (existsSync(built)) {
  const { main } = await import(built.href);
  await main(process.argv.slice(2), { findLocalSettings });
} else {
  console.error('Parlance is not built. Run npm start once, or npm ci and npm run build.');
  process.exitCode = 1;
}

/**
 * Settings of the server that `npm start` runs in this checkout. The image has none: there the environment variables apply.
 *
 * @returns {Promise<Record<string, string>>}
 */
async function findLocalSettings() {
  if (!existsSync(fileURLToPath(localSettings))) return {};
  const { settingsOf } = await import('../scripts/lib/local-settings.mjs');
  return settingsOf(process.env);
}
