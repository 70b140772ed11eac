import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const CHILD = join(process.cwd(), 'test/launcher/services-child.mjs');
const WITHIN_MS = 60_000;

interface Pids {
  postgres: number;
  redis: number;
}

/** The process under test; see services-child.mjs for its commands. */
class ServicesProcess {
  private constructor(
    readonly child: ChildProcessWithoutNullStreams,
    private readonly answers: AsyncIterator<string>,
  ) {}

  static async start(home: string): Promise<ServicesProcess> {
    const child = spawn(process.execPath, [CHILD, home]);
    const started = new ServicesProcess(child, createInterface({ input: child.stdout })[Symbol.asyncIterator]());
    let complaint = '';
    child.stderr.on('data', (chunk) => (complaint += chunk));
    if ((await started.answer()) !== 'ready') throw new Error(complaint);
    return started;
  }

  async tell<T>(command: string): Promise<T> {
    this.child.stdin.write(`${command}\n`);
    const answer = await this.answer();
    if (answer instanceof Object && 'error' in answer) throw new Error(String(answer.error));
    return answer as T;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }

  private async answer(): Promise<unknown> {
    const line = await this.answers.next();
    return line.done ? undefined : JSON.parse(line.value);
  }
}

/** Retries until it succeeds. */
async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + WITHIN_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

describe('the embedded services', () => {
  let home: string;
  let services: ServicesProcess;

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'parlance-launcher-'));
    services = await ServicesProcess.start(home);
  }, WITHIN_MS);

  afterAll(() => {
    services.child.kill('SIGKILL');
    rmSync(home, { recursive: true, force: true });
  });

  it('give the application a role that is subject to row-level security', async () => {
    expect(await services.tell('role')).toEqual({ rolsuper: false, rolcreatedb: true });
  });

  it('belong to one process at a time', async () => {
    await expect(ServicesProcess.start(home)).rejects.toThrow(
      `Parlance is already running with the data in ${home} (process ${services.child.pid}).`,
    );
  });

  it(
    'restart with their data when they are killed',
    async () => {
      await services.tell('remember one');
      const before = await services.tell<Pids>('pids');
      process.kill(before.postgres, 'SIGKILL');
      process.kill(before.redis, 'SIGKILL');

      await eventually(async () => {
        const after = await services.tell<Pids>('pids');
        expect(after.postgres).not.toBe(before.postgres);
        expect(after.redis).not.toBe(before.redis);
      });
      expect(await services.tell('recall')).toEqual({ postgres: ['one'], redis: ['one'] });
    },
    WITHIN_MS,
  );

  it(
    'are intact at the next start after everything is killed at the same time',
    async () => {
      await services.tell('remember two');
      const pids = await services.tell<Pids>('pids');
      for (const pid of [pids.postgres, pids.redis]) process.kill(pid, 'SIGKILL');
      await services.kill();

      services = await ServicesProcess.start(home);
      expect(await services.tell('recall')).toEqual({ postgres: ['one', 'two'], redis: ['one', 'two'] });
    },
    WITHIN_MS,
  );

  it('leave nothing behind after they are stopped', async () => {
    const pids = await services.tell<Pids>('pids');
    const socket = await services.tell<string>('stop');
    expect(existsSync(socket)).toBe(false);
    expect(existsSync(join(socket, '..'))).toBe(false);
    for (const pid of [pids.postgres, pids.redis]) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
