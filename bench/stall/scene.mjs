/**
 * @typedef {import('../lib/hostile.mjs').Call} Call
 * @typedef {import('../lib/hostile.mjs').RawCall} RawCall
 *
 * @typedef {object} Scene tools for an input
 * @property {import('../lib/api.mjs').Api} owner
 * @property {(sql: string) => Promise<Record<string, unknown>[]>} query runs with the platform role
 *
 * @typedef {object} Input one row of the table
 * @property {string} name
 * @property {string} label
 * @property {(scene: Scene) => (Call | RawCall)[] | Promise<(Call | RawCall)[]>} make not measured
 * @property {number} [crowd] number of concurrent calls
 * @property {(scene: Scene) => Promise<unknown>} [settle] waits for work that continues after the responses; measured
 */

/**
 * @param {Scene} scene
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body] JSON text, or a value to serialize
 * @param {Record<string, string | string[]>} [headers]
 * @returns {Call}
 */
export const asOwner = ({ owner }, method, path, body, headers = {}) => ({
  method,
  path,
  headers: { authorization: `Bearer ${owner.token}`, ...headers },
  ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
});

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {Record<string, string | string[]>} [headers]
 * @returns {Call}
 */
export const asNobody = (method, path, body, headers = {}) => ({
  method,
  path,
  headers,
  ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
});

/**
 * @template T
 * @param {number} count
 * @param {(index: number) => T} make
 * @returns {T[]}
 */
export const times = (count, make) => Array.from({ length: count }, (_, index) => make(index));

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Fields with the shortest possible names, up to 238,328. */
export const fields = (/** @type {number} */ count) =>
  Object.fromEntries(
    times(count, (index) => [[3844, 62, 1].map((place) => DIGITS[Math.floor(index / place) % 62]).join(''), 0]),
  );

/** Distinct words of three letters, up to 17,576. */
export const words = (/** @type {number} */ count) =>
  times(count, (index) =>
    [676, 26, 1].map((place) => String.fromCharCode(97 + (Math.floor(index / place) % 26))).join(''),
  );

/** The pattern repeated to this many bytes of JSON. @param {string} pattern @param {number} bytes */
export const filled = (pattern, bytes) =>
  pattern.repeat(Math.floor(bytes / (Buffer.byteLength(JSON.stringify(pattern)) - 2)));
