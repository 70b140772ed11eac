import { spawnSync } from 'node:child_process';

/** Whether these programs are on the PATH. Tests that need a missing one are skipped. */
export const areAtHand = (...tools: string[]): boolean =>
  tools.every((tool) => spawnSync(tool, ['--version']).status === 0);
