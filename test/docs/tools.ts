import { spawnSync } from 'node:child_process';

/** Whether these programs are on the PATH. Tests that need one that is missing are skipped. */
export const areAtHand = (...tools: string[]): boolean =>
  tools.every((tool) => spawnSync(tool, ['--version']).status === 0);
