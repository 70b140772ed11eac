import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Logger } from '../telemetry/index.js';

const PREFIX = 'parlance-data';
/** Tells the folders of this process from those of an earlier one with the same id, as in a restarted container. */
const RUN = randomUUID().slice(0, 8);
const NAME = new RegExp(`^${PREFIX}-(\\d+)-([0-9a-f]{8})-`);

/** Folders that only this account can read, which are removed after use. Those of dead processes are removed at start. */
@Injectable()
export class TemporaryFolders implements OnApplicationBootstrap {
  constructor(private readonly logger: Logger) {}

  async withFolder<T>(work: (path: string) => Promise<T>): Promise<T> {
    // Its mode is 0700.
    const path = await mkdtemp(join(tmpdir(), `${PREFIX}-${process.pid}-${RUN}-`));
    try {
      return await work(path);
    } finally {
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  async onApplicationBootstrap(): Promise<void> {
    const left = (await readdir(tmpdir())).filter((name) => isLeft(name));
    for (const name of left) {
      await rm(join(tmpdir(), name), { recursive: true, force: true }).catch((error: unknown) =>
        this.logger.warn({ err: error, name }, 'temporary folder of an earlier process not removed'),
      );
    }
  }
}

function isLeft(name: string): boolean {
  const [, pid, run] = NAME.exec(name) ?? [];
  if (pid === undefined) return false;
  return Number(pid) === process.pid ? run !== RUN : !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Someone else's process is alive.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
