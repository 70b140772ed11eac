import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Config, packageRoot } from '../config/index.js';
import { PrivateAddressError, PublicAddresses } from '../http-client/index.js';
import { TOO_MUCH_MEMORY } from '../watchdog/index.js';
import type { Order, PostgresTable, Reply } from './messages.js';

/** Runs the built code, also in tests. */
const SCRIPT = join(packageRoot, 'dist/platform/postgres-reader/child.js');
/** A table needs none of it: the process passes on what it receives. */
const MEMORY_MB = 192;

/** The table cannot be read. The message is one line for people. */
export class PostgresReadError extends Error {
  override readonly name = 'PostgresReadError';
}

interface Limits {
  signal: AbortSignal;
  timeoutMs: number;
}

/**
 * Reads tables of databases that strangers name, each in a process of its own with bounded memory and time: a hostile
 * server can end that process and nothing else.
 */
@Injectable()
export class PostgresReader {
  constructor(
    private readonly addresses: PublicAddresses,
    private readonly config: Config,
  ) {}

  /**
   * A table as TSV, quoted like CSV, in one snapshot, no faster than it is consumed. Refuses a role that can write.
   * @throws PostgresReadError, maybe after a part of the table; the signal's reason
   */
  async *read(table: PostgresTable, { signal, timeoutMs }: Limits): AsyncGenerator<Buffer> {
    const deadline = AbortSignal.timeout(timeoutMs);
    const tooLate = new PostgresReadError(`The table was not read within ${timeoutMs / 1000} seconds.`);
    const over = AbortSignal.any([signal, deadline]);
    try {
      const address = await unlessOver(over, this.addressOf(table.host));
      yield* readWith({ ...table, address, timeoutMs }, over, this.config.get('NODE_EXTRA_CA_CERTS'));
    } catch (error) {
      signal.throwIfAborted();
      throw deadline.aborted ? tooLate : error;
    }
  }

  private async addressOf(host: string): Promise<string> {
    try {
      return await this.addresses.resolve(host);
    } catch (error) {
      if (error instanceof PrivateAddressError)
        throw new PostgresReadError(`The address of ${host} is private. The operator of this server must allow it.`);
      throw new PostgresReadError(`The host ${host} was not found.`);
    }
  }
}

async function* readWith(order: Order, over: AbortSignal, trusted: string | undefined): AsyncGenerator<Buffer> {
  over.throwIfAborted();
  const child = fork(SCRIPT, [String(MEMORY_MB)], {
    // No secrets.
    env: { TZ: 'UTC', LANG: 'C.UTF-8', ...(trusted && { NODE_EXTRA_CA_CERTS: trusted }) },
    execArgv: [`--max-old-space-size=${MEMORY_MB / 2}`],
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
  });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const kill = (): void => void child.kill('SIGKILL');
  over.addEventListener('abort', kill);
  let reply: Reply | undefined;
  child.on('message', (message: Reply) => {
    reply ??= message;
    if (child.connected) child.disconnect();
  });
  try {
    // A process that has ended cannot be written to; its end is awaited below.
    child.send(order, () => undefined);
    yield* child.stdout as AsyncIterable<Buffer>;
    const [, signalName] = await ended;
    over.throwIfAborted();
    if (!reply) throw new PostgresReadError(endings[signalName ?? ''] ?? 'The server sent what cannot be read.');
    if ('error' in reply) throw new PostgresReadError(reply.error);
  } finally {
    over.removeEventListener('abort', kill);
    kill();
    await ended.catch(() => undefined);
  }
}

const tooMuch = 'The server sent more at once than fits into memory.';
const endings: Record<string, string> = { [TOO_MUCH_MEMORY]: tooMuch, SIGKILL: tooMuch, SIGABRT: tooMuch };

/** A look-up cannot be aborted, but nobody needs to wait for it. */
function unlessOver<T>(over: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(over.reason as Error);
    if (over.aborted) onAbort();
    over.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => over.removeEventListener('abort', onAbort));
  });
}
