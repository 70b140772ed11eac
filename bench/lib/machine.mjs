import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** The machine that was measured. A load near or above the number of cores means that other programs interfered. */
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
