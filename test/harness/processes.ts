import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Pool } from 'pg';
import { TestClient } from './client.js';
import { WITHOUT_LIMITS } from './database.mjs';
import { logFolder, testEnvironment } from './variables.mjs';

type Variables = Record<string, string | undefined>;

const children = new Set<ChildProcess>();
// A failed test must not leave processes behind.
process.once('exit', () => children.forEach((child) => child.kill('SIGKILL')));

function start(args: string[], env: Variables, stdio: ('pipe' | 'ignore' | 'ipc')[]): ChildProcess {
  const child = spawn(process.execPath, args, { env, stdio });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** A process of the built server, `dist/main.js` or `dist/main.worker.js`. */
export class ServerProcess {
  private isKilled = false;

  private constructor(
    private readonly child: ChildProcess,
    /** The address of an API process; empty for a worker. */
    readonly url: string,
    readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>,
  ) {}

  static async start(script: 'main.js' | 'main.worker.js', variables: Variables): Promise<ServerProcess> {
    const env = { PATH: process.env['PATH'], ...testEnvironment({ LOG_LEVEL: 'error', ...variables }) };
    const child = start([join(process.cwd(), 'dist', script)], env, ['ignore', 'pipe', 'pipe', 'ipc']);
    let output = '';
    const heard = (chunk: unknown): void => {
      output += String(chunk);
      if (logFolder) appendFileSync(join(logFolder, `server-${child.pid}.log`), String(chunk));
    };
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', heard);
    const exited = once(child, 'exit').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }));
    const message = await Promise.race([once(child, 'message'), exited]);
    if (!Array.isArray(message)) throw new Error(`${script} ended at once: ${output}`);
    const server = new ServerProcess(child, (message[0] as { url?: string }).url ?? '', exited);
    // Otherwise the refused connections that follow would be hard to explain.
    void exited.then(({ code, signal }) => {
      if (!server.isKilled)
        process.stderr.write(`${script} died (${signal ?? `exit code ${code}`}): ${output.slice(-4_000)}\n`);
    });
    return server;
  }

  get client(): TestClient {
    return new TestClient(this.url);
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** With SIGSTOP: the process stops until it is resumed, and does not notice. */
  pause(): void {
    this.child.kill('SIGSTOP');
  }

  resume(): void {
    this.child.kill('SIGCONT');
  }

  /** Sends the signal and waits for the end. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.isKilled = true;
    this.child.kill(signal);
    return this.exited;
  }
}

/** Its own PostgreSQL and Redis, migrated, to be killed. */
export class KillableServices {
  /** Runs SQL as the superuser, past row-level security; reconnects after a crash. */
  readonly pool: Pool;

  private constructor(
    private readonly child: ChildProcess,
    private readonly answers: AsyncIterator<string>,
    private readonly home: string,
    readonly urls: { databaseUrl: string; adminUrl: string; redisUrl: string },
  ) {
    const url = new URL(urls.adminUrl);
    url.pathname = new URL(urls.databaseUrl).pathname;
    this.pool = new Pool({ connectionString: url.toString(), max: 2 });
    this.pool.on('error', () => undefined);
  }

  /** @param persistentRedis whether Redis comes back with its data, as under `npm start`; empty otherwise */
  static async start(persistentRedis = false): Promise<KillableServices> {
    const home = mkdtempSync(join(tmpdir(), 'parlance-crash-'));
    const script = join(process.cwd(), 'test/harness/killable-services.mjs');
    const child = start([script, home], { ...process.env, PERSISTENT_REDIS: String(persistentRedis) }, [
      'pipe',
      'pipe',
      'pipe',
    ]);
    const answers = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
    const urls = await tell<KillableServices['urls']>(child, answers, 'urls');
    const services = new KillableServices(child, answers, home, urls);
    await services.revive('postgres');
    await services.revive('redis');
    const migration = spawnSync(process.execPath, [join(process.cwd(), 'dist/migrate.js')], {
      env: testEnvironment(services.variables),
      encoding: 'utf8',
    });
    if (migration.status !== 0) throw new Error(migration.stderr);
    await services.query(WITHOUT_LIMITS);
    return services;
  }

  /** The settings of a server that uses them. */
  get variables(): Record<string, string> {
    return {
      DATABASE_URL: this.urls.databaseUrl,
      REDIS_URL: this.urls.redisUrl,
      REDIS_KEY_PREFIX: 'crash',
    };
  }

  async query<Row>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return (await this.pool.query(sql, parameters)).rows as Row[];
  }

  /** With SIGKILL. */
  kill(name: 'postgres' | 'redis'): Promise<void> {
    return tell(this.child, this.answers, `kill ${name}`);
  }

  /** With SIGSTOP: connections stay open, and nothing responds. */
  pause(name: 'postgres' | 'redis'): Promise<void> {
    return tell(this.child, this.answers, `pause ${name}`);
  }

  resume(name: 'postgres' | 'redis'): Promise<void> {
    return tell(this.child, this.answers, `resume ${name}`);
  }

  /** Starts it again: PostgreSQL with its data, Redis empty unless it is persistent. */
  revive(name: 'postgres' | 'redis'): Promise<void> {
    return tell(this.child, this.answers, `start ${name}`);
  }

  async stop(): Promise<void> {
    await this.pool.end();
    await tell(this.child, this.answers, 'stop');
    const exited = once(this.child, 'exit');
    this.child.stdin?.end();
    await exited;
    rmSync(this.home, { recursive: true, force: true });
  }
}

async function tell<T>(child: ChildProcess, answers: AsyncIterator<string>, command: string): Promise<T> {
  child.stdin?.write(`${command}\n`);
  const { value, done } = await answers.next();
  const answer = (done ? { error: `the services ended: ${String(child.stderr?.read())}` } : JSON.parse(value)) as {
    error?: string;
  } | null;
  if (answer?.error) throw new Error(answer.error);
  return answer as T;
}
