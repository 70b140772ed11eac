import { randomBytes } from 'node:crypto';
import { readConfig, type Config } from '../../src/platform/config/index.js';
import { APP_SECRET } from './planted.mjs';

type Variables = Record<string, string | undefined>;

/** The environment of a server under test: the services that `npm test` started, everything else apart from other files. */
export function testEnvironment(overrides: Variables = {}): Variables {
  return {
    NODE_ENV: 'test',
    PORT: '0',
    PUBLIC_URL: 'http://parlance.test',
    DATABASE_URL: process.env['TEST_DATABASE_URL'],
    DATABASE_POOL_SIZE: '8',
    REDIS_URL: process.env['TEST_REDIS_URL'],
    REDIS_KEY_PREFIX: `test-${randomBytes(6).toString('hex')}`,
    APP_SECRET,
    LIMIT_ADDRESS: '1000000',
    LIMIT_SIGN_IN: '1000000',
    LOG_LEVEL: 'silent',
    ...overrides,
  };
}

export const testConfig = (overrides: Variables = {}): Config => readConfig(testEnvironment(overrides));

/** Where `npm test` has every log written to, to look for secrets in it afterwards; nowhere otherwise. */
export const logFolder = process.env['TEST_LOG_FOLDER'];
