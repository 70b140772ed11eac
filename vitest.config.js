import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';

/** Files that start many processes or wait: begun last, one of them would keep the others waiting at the end. */
const LONG = /\/test\/(docs|crash|browser|cli)\//;

class LongFilesFirst extends BaseSequencer {
  /**
   * @override
   * @param {import('vitest/node').TestSpecification[]} files
   */
  async sort(files) {
    const sorted = await super.sort(files);
    const isLong = (/** @type {{ moduleId: string }} */ { moduleId }) => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    include: ['src/**/*.spec.ts', 'test/**/*.spec.ts'],
    setupFiles: ['reflect-metadata', 'test/harness/clean-up.ts'],
    // Loading the application takes longer than most of its tests: files share what one process has loaded.
    isolate: false,
    pool: 'forks',
    // On two cores: some tests wait, for example for time limits.
    maxWorkers: 3,
    sequence: { sequencer: LongFilesFirst },
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
