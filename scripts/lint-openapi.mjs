// Lints the OpenAPI document of every version, after `npm run build`: Redocly without errors, Spectral without warnings.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { ROOT } from './lib/checkout.mjs';

const LINTERS = ['@redocly/cli@2.77.0', '@stoplight/spectral-cli@6.16.3'];

// In a separate folder, so that `npm ci` stays small.
const home = join(ROOT, '.parlance/cache/openapi-linters-1');
const documents = mkdtempSync(join(tmpdir(), 'parlance-openapi-'));

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  const env = {
    ...process.env,
    REDOCLY_TELEMETRY: 'off',
    REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
    SCARF_ANALYTICS: 'false',
  };
  const { status } = spawnSync(command, args, { cwd: ROOT, env, stdio: 'inherit' });
  return status === 0;
}

mkdirSync(home, { recursive: true });
const npm = ['install', '--prefix', home, '--no-save', '--no-package-lock', '--ignore-scripts', '--prefer-offline'];
const bin = (/** @type {string} */ name) => join(home, 'node_modules/.bin', name);
try {
  const isReady =
    run('npm', [...npm, '--no-audit', '--no-fund', '--loglevel=error', ...LINTERS]) &&
    run(process.execPath, ['dist/openapi.js', '--each', documents]);
  const files = readdirSync(documents).map((name) => join(documents, name));
  const isClean =
    isReady &&
    run(bin('redocly'), ['lint', '--config', 'redocly.yaml', '--format', 'codeframe', ...files]) &&
    run(bin('spectral'), ['lint', '--ruleset', '.spectral.yaml', '--fail-severity', 'warn', ...files]);
  if (!isClean) process.exitCode = 1;
} finally {
  rmSync(documents, { recursive: true, force: true });
}
