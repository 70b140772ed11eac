import { Worker } from 'node:worker_threads';

export { TOO_MUCH_MEMORY } from './too-much-memory.js';

/** Bounds the memory of this child process, and ends it with its parent, even while its main thread is busy. */
export function watchProcess(memoryMb: number): void {
  new Worker(new URL('./watchdog.js', import.meta.url), { workerData: { memoryMb, parent: process.ppid } }).unref();
}
