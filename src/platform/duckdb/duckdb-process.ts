import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { packageRoot } from '../config/index.js';
import { TOO_MUCH_MEMORY } from '../watchdog/index.js';
import { DuckDbEnded, DuckDbError } from './duckdb-errors.js';
import type { DuckDbSession } from './duckdb-session.js';
import type { ChildReply, ChildRequest, TableFile } from './messages.js';

/** Runs the built code, also in tests. */
const SCRIPT = join(packageRoot, 'dist/platform/duckdb/child.js');
const KEPT_COMPLAINT = 2_000;
/** Disk per MiB of memory for what does not fit there. */
const DISK_PER_MEMORY = 4;

type Rows = Record<string, unknown>[];

interface Waiting {
  resolve: (rows: Rows) => void;
  reject: (reason: unknown) => void;
}

/** One process with DuckDB, seen from outside. */
export class DuckDbProcess implements DuckDbSession {
  /** The beginning of what a failed process wrote to its standard error. */
  complaint = '';
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private readonly memoryMb: number;
  private readonly timer: NodeJS.Timeout;
  private count = 0;
  /** Why nothing can be asked any more. */
  private over: { reason: Error } | undefined;
  private readonly exited: Promise<unknown>;
  private readonly stopListening: () => void;

  constructor({ memoryMb, signal, timeoutMs }: { memoryMb: number; signal: AbortSignal; timeoutMs: number }) {
    this.memoryMb = memoryMb;
    this.child = fork(SCRIPT, [String(memoryMb)], {
      // No secrets, and times in UTC.
      env: { TZ: 'UTC', LANG: 'C.UTF-8' },
      execArgv: [`--max-old-space-size=${Math.floor(memoryMb / 2)}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.exited = once(this.child, 'close');
    const onAbort = (): void => this.stop(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    this.stopListening = () => signal.removeEventListener('abort', onAbort);
    this.timer = setTimeout(() => this.stop(new DuckDbEnded('deadline')), timeoutMs);
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.complaint = (this.complaint + text).slice(0, KEPT_COMPLAINT);
    });
    this.child.on('message', (reply: ChildReply) => this.onReply(reply));
    this.child.on('error', () => this.stop(new DuckDbEnded('crash')));
    this.child.on('close', (_, signalName) =>
      this.stop(new DuckDbEnded(this.isMemory(signalName) ? 'memory' : 'crash')),
    );
    if (signal.aborted) onAbort();
  }

  async load(tables: TableFile[], folder: string): Promise<void> {
    const memoryMb = Math.floor(this.memoryMb / 2);
    await this.ask({ id: 0, start: { tables, folder, memoryMb, diskMb: this.memoryMb * DISK_PER_MEMORY } });
  }

  query(sql: string, parameters: unknown[] = []): Promise<Rows> {
    return this.ask({ id: ++this.count, sql, parameters });
  }

  /** Resolves after the process has ended. */
  async end(): Promise<void> {
    this.stop(new DuckDbEnded('crash'));
    await this.exited;
  }

  private ask(request: ChildRequest): Promise<Rows> {
    return new Promise((resolve, reject) => {
      if (this.over) return reject(this.over.reason);
      this.waiting.set(request.id, { resolve, reject });
      // A process that has ended cannot be written to; its end settles the promise.
      this.child.send(request, () => undefined);
    });
  }

  private onReply(reply: ChildReply): void {
    const asked = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if ('rows' in reply) asked?.resolve(reply.rows);
    else if ('error' in reply) asked?.reject(new DuckDbError(reply.error));
    else {
      asked?.reject(new DuckDbEnded('memory'));
      this.stop(new DuckDbEnded('memory'));
    }
  }

  private stop(reason: Error): void {
    if (this.over) return;
    this.over = { reason };
    clearTimeout(this.timer);
    this.stopListening();
    for (const { reject } of this.waiting.values()) reject(reason);
    this.waiting.clear();
    this.child.kill('SIGKILL');
  }

  /** The system kills with SIGKILL what uses too much memory; V8 says so on standard error. */
  private isMemory(signalName: NodeJS.Signals | null): boolean {
    return signalName === TOO_MUCH_MEMORY || signalName === 'SIGKILL' || /out of memory/i.test(this.complaint);
  }
}
