import { spawnSync } from 'node:child_process';

const missed = new Set<string>();

/** Whether these programs are on the PATH. Tests that need a missing one are skipped, and each file says so once. */
export function areAtHand(...tools: string[]): boolean {
  const missing = tools.filter((tool) => spawnSync(tool, ['--version']).status !== 0);
  for (const tool of missing.filter((name) => !missed.has(name))) {
    missed.add(tool);
    console.warn(`Tests are skipped because ${tool} is not on the PATH.`);
  }
  return missing.length === 0;
}
