import { randomBytes } from 'node:crypto';
import { APP_SECRET } from './planted.mjs';

/** @typedef {Record<string, string | undefined>} Variables */

/**
 * The environment of a server under test: the services that `npm test` started, everything else apart from other files.
 *
 * @param {Variables} [overrides]
 * @returns {Variables}
 */
export function testEnvironment(overrides = {}) {
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
    // Otherwise much of a test's time is spent on passwords.
    PASSWORD_HASH_KIB: '64',
    LOG_LEVEL: 'silent',
    ...overrides,
  };
}

/** Where `npm test` has every log written, to search it for secrets afterwards; nowhere otherwise. */
export const logFolder = process.env['TEST_LOG_FOLDER'];

/** Whether `npm run test:long` requires more rounds than a run before each change has time for. */
export const isLong = process.env['TEST_LONG'] === 'true';
