import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { eventually } from './eventually.js';

const duckDbChildrenOf = (pid: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((id) => parentOf(id) === pid && commandOf(id).includes('duckdb/child.js'));

/** Waits until that process runs DuckDB in one process, and returns its id. */
export const duckDbChildOf = (pid: number): Promise<number> =>
  eventually(() => {
    const [child] = duckDbChildrenOf(pid);
    if (child === undefined) throw new Error('No process runs DuckDB.');
    return child;
  });

/** Zombies have ended. */
export const isRunning = (pid: number): boolean => {
  const [, state] = statOf(pid);
  return state !== undefined && state !== 'Z';
};

/** The temporary folders for data that a process has, or has left behind. */
export const dataFoldersOf = (pid: number): string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith(`parlance-data-${pid}-`));

const parentOf = (pid: number): number => Number(statOf(pid)[2]);

/** The fields after the name in brackets; empty if there is no such process. */
function statOf(pid: number): string[] {
  return read(`/proc/${pid}/stat`).replace(/^.*\)/s, ')').split(' ');
}

const commandOf = (pid: number): string => read(`/proc/${pid}/cmdline`);

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
