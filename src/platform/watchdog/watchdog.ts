import { workerData } from 'node:worker_threads';
import { TOO_MUCH_MEMORY } from './too-much-memory.js';

const EVERY_MS = 50;
const MIB = 1024 * 1024;

/** Ends the process if it uses too much memory, or if nobody waits for it any more. Works while its main thread is busy. */
const { memoryMb, parent } = workerData as { memoryMb: number; parent: number };

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  if (process.memoryUsage.rss() > memoryMb * MIB) process.kill(process.pid, TOO_MUCH_MEMORY);
}, EVERY_MS);
