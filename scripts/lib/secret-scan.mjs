import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join, relative } from 'node:path';

const CHUNK_BYTES = 16 * 1024 * 1024;
/** Longer than any secret: one that spans two chunks is complete in the second. */
const OVERLAP_BYTES = 4096;

/** Patterns of our secrets. */
const SIGNS = {
  'an API key': /parl_(?:live|test)_sk_[0-9A-Za-z]{38}(?![0-9A-Za-z])/,
  'a signed token': /eyJ[\w-]{16,}\.eyJ[\w-]{16,}\.[\w-]{32,}/,
  'a refresh token': /[0-9a-f]{4}-[0-9a-f]{12}\.\d{1,9}\.[\w-]{43}(?![\w-])/,
  'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  'a private key as JWK': /"d":\s?"[\w-]{43}"/,
};

/**
 * @typedef {object} Finding
 * @property {string} what
 * @property {string} where
 */

/** @typedef {Record<string, RegExp | string>} Secrets names with patterns or exact texts */

/**
 * Searches the files that remain after a run for secrets: every file of the folder, as bytes. A table of a dropped database
 * is still in PostgreSQL's write-ahead log.
 *
 * @param {string} folder
 * @param {Secrets} planted texts to find in addition to the patterns of our secrets
 * @returns {Finding[]}
 */
export function findInFolder(folder, planted) {
  const buffer = Buffer.alloc(CHUNK_BYTES + OVERLAP_BYTES);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      const found = new Set(inFile(path, buffer, { ...SIGNS, ...planted }));
      return [...found].map((what) => ({ what, where: relative(folder, path) }));
    });
}

/**
 * @param {string} path
 * @param {Buffer} buffer
 * @param {Secrets} secrets
 */
function* inFile(path, buffer, secrets) {
  const file = openSync(path, 'r');
  try {
    for (let at = 0; ; at += CHUNK_BYTES) {
      const length = readSync(file, buffer, 0, buffer.length, at);
      yield* inText(buffer.toString('latin1', 0, length), secrets);
      if (length < buffer.length) return;
    }
  } finally {
    closeSync(file);
  }
}

/**
 * @param {string} text
 * @param {Secrets} secrets
 * @returns {string[]} the names of the secrets found
 */
const inText = (text, secrets) =>
  Object.entries(secrets)
    .filter(([, secret]) => (typeof secret === 'string' ? text.includes(secret) : secret.test(text)))
    .map(([name]) => name);

/**
 * Searches every key of a Redis in the same way.
 *
 * @param {string} url
 * @param {Secrets} planted
 * @returns {Promise<Finding[]>}
 */
export async function findInRedis(url, planted) {
  // Loaded late: a fresh checkout has no packages yet.
  const { Redis } = await import('ioredis');
  const redis = new Redis(url);
  /** @type {Finding[]} */
  const findings = [];
  try {
    let cursor = '0';
    do {
      const [next, keys] = await redis.scan(cursor, 'COUNT', 1_000);
      for (const key of keys) {
        const text = JSON.stringify([key, await valueOf(redis, key)]);
        for (const what of inText(text, { ...SIGNS, ...planted })) findings.push({ what, where: key });
      }
      cursor = next;
    } while (cursor !== '0');
  } finally {
    redis.disconnect();
  }
  return findings;
}

/**
 * @param {import('ioredis').Redis} redis
 * @param {string} key
 * @returns {Promise<unknown>}
 */
async function valueOf(redis, key) {
  const type = await redis.type(key);
  if (type === 'string') return redis.get(key);
  if (type === 'hash') return redis.hgetall(key);
  if (type === 'list') return redis.lrange(key, 0, -1);
  if (type === 'set') return redis.smembers(key);
  if (type === 'zset') return redis.zrange(key, 0, -1);
  if (type === 'stream') return redis.xrange(key, '-', '+');
  // It has expired in the meantime.
  return null;
}
