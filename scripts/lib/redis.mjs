import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { sizeOf, withLogFile, writtenSince } from './log-file.mjs';
import { findMarked, run, stop, stopFound } from './processes.mjs';
import { poll } from './waiting.mjs';

/**
 * @typedef {import('./home.mjs').Home} Home
 * @typedef {import('./processes.mjs').Running} Running
 * @typedef {import('./redis-binary.mjs').RedisBinary} RedisBinary
 * @typedef {import('./service-user.mjs').ServiceUser} ServiceUser
 * @typedef {import('./supervisor.mjs').Service} Service
 */

const READY_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 10_000;
const ANSWER_WITHIN_MS = 1000;

/**
 * @param {object} options
 * @param {Home} options.home
 * @param {string} options.socketFolder
 * @param {ServiceUser} options.user
 * @param {RedisBinary} options.binary
 * @param {boolean} options.persist true if the data must outlive the server
 * @returns {Service & { url: string }}
 */
export function redisService({ home, socketFolder, user, binary, persist }) {
  const dataFolder = join(home.path, 'redis');
  const logFile = join(home.path, 'redis.log');
  const socket = join(socketFolder, 'redis.sock');
  const settings = {
    port: '0',
    unixsocket: socket,
    unixsocketperm: '700',
    dir: dataFolder,
    daemonize: 'no',
    // Queues must never be evicted; an acknowledged job may be lost only with the machine, and at most those of one second.
    'maxmemory-policy': 'noeviction',
    appendonly: persist ? 'yes' : 'no',
    appendfsync: 'everysec',
    save: '',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const env = { ...process.env, ...(binary.libraryPath ? { LD_LIBRARY_PATH: binary.libraryPath } : {}) };

  /** @param {AbortSignal} [signal] */
  async function start(signal) {
    await stopRedisOf(home.marker);
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
    user.own(dataFolder);
    const logSize = sizeOf(logFile);
    const running = withLogFile(logFile, (log) =>
      run(binary.command, args, { privileges: user.privileges, env, stdio: ['ignore', log, log], detached: true }),
    );
    try {
      const answers = () => (running.alive ? canPing(socket) : false);
      if (await poll(answers, { timeoutMs: READY_WITHIN_MS, signal })) return running;
    } catch (error) {
      await stopRedis(running);
      throw error;
    }
    const wasAlive = running.alive;
    await stopRedis(running);
    const written = writtenSince(logFile, Math.min(logSize, sizeOf(logFile)));
    throw new Failure(
      `Redis could not start: ${wasAlive ? 'it does not respond' : lastWords(written)} (its log is ${logFile}).`,
    );
  }

  return { name: 'Redis', logFile, url: `unix://${socket}`, start, stop: stopRedis };
}

/** @param {Running} running */
async function stopRedis(running) {
  await stop(running, { graceMs: STOP_WITHIN_MS });
}

/**
 * Stops the processes of an earlier run.
 *
 * @param {string} marker
 */
async function stopRedisOf(marker) {
  const find = () => findMarked(marker, ['redis-server', 'valkey-server']);
  await stopFound(find, { signal: 'SIGTERM', graceMs: STOP_WITHIN_MS });
}

/**
 * @param {string} log
 * @returns {string} the last warning in it, without its time and process id
 */
function lastWords(log) {
  const warnings = log.split('\n').filter((line) => / # /.test(line) || /error/i.test(line));
  return (
    warnings
      .at(-1)
      ?.replace(/^.* # /, '')
      .replace(/\.$/, '') ?? 'it exited immediately'
  );
}

/**
 * @param {string} path path of the socket
 * @returns {Promise<true | undefined>} undefined while the server is not ready, or is still loading its data
 */
function canPing(path) {
  return new Promise((resolve) => {
    const socket = connect(path, () => socket.write('PING\r\n'));
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy());
    socket.once('data', (answer) => {
      resolve(answer.toString().startsWith('+PONG') ? true : undefined);
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(undefined));
  });
}
