import { readConfig, type Config } from '../../src/platform/config/index.js';
import { testEnvironment, type Variables } from './variables.mjs';

/** The settings of a server that runs in the process of the test. */
export const testConfig = (overrides: Variables = {}): Config => readConfig(testEnvironment(overrides));
