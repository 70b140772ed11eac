import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** What the figures are measured on. A load near or above the cores says that other programs got in the way. */
export function describeMachine() {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory_gib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    load_before: loadavg()[0] ?? NaN,
  };
}

/** @param {ReturnType<typeof describeMachine>} machine */
export function inWords({ processor, cores, memory_gib: memory, node, load_before: load }) {
  return `${processor}, ${cores} cores, ${memory} GiB; Node ${node}; load before: ${load.toFixed(1)}`;
}
