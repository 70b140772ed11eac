import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { runTool } from './tool.mjs';

/**
 * Unpacks Debian packages, and those of their dependencies that this machine lacks, into a folder, without installing
 * anything and without root: apt gets separate lists, cache and log.
 *
 * @param {string[]} packages
 * @param {string} folder
 * @param {AbortSignal} [signal]
 */
export async function downloadPackages(packages, folder, signal) {
  const apt = join(folder, 'apt');
  for (const name of ['lists/partial', 'archives/partial', 'log']) mkdirSync(join(apt, name), { recursive: true });
  const ownFolders = [`Dir::Cache=${apt}`, `Dir::Cache::archives=${apt}/archives`, `Dir::Log=${apt}/log`];
  // As root, apt would switch to the user _apt, who may not write here.
  const behaviour = [
    'Debug::NoLocking=1',
    'APT::Sandbox::User=root',
    'Acquire::Retries=1',
    'Acquire::http::Timeout=20',
  ];
  const ownLists = `Dir::State::lists=${apt}/lists`;

  /**
   * @param {string[]} args
   * @param {string[]} settings
   */
  const aptGet = (args, settings = []) =>
    runTool('apt-get', [...args, ...[...ownFolders, ...behaviour, ...settings].flatMap((setting) => ['-o', setting])], {
      failure: 'apt-get failed.',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      signal,
    });
  const download = ['install', '--download-only', '--no-install-recommends', '--yes', ...packages];
  try {
    await aptGet(download);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // The machine's package lists are missing or outdated: download them to our folder.
    await aptGet(['update'], [ownLists]);
    await aptGet(download, [ownLists]);
  }
  for (const name of readdirSync(join(apt, 'archives')).filter((file) => file.endsWith('.deb'))) {
    await runTool('dpkg', ['-x', join(apt, 'archives', name), folder], { failure: `${name} is damaged.`, signal });
  }
  rmSync(apt, { recursive: true });
}
