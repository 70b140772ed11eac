import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { Database } from '../../platform/database/index.js';
import type { Principal } from '../../platform/http/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { UsageRepository, type Usage } from './usage.repository.js';

const WRITE_EVERY_MS = 1_000;
/** So many rows are kept while they cannot be written; what would make further ones is not counted. */
const MAX_ROWS = 100_000;

/**
 * Counts the requests of every caller. Counted in the process when the answer has ended and written once a second, so it costs
 * a request next to nothing; a process that is killed loses its last second.
 */
@Injectable()
export class UsageCounter implements OnApplicationShutdown {
  private counts = new Map<string, Usage>();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly usage: UsageRepository,
    private readonly logger: Logger,
  ) {}

  /** Counts each answer to a caller who is known, whatever it says. */
  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    response.once('close', () => {
      const { path } = (request.route ?? {}) as { path?: string };
      if (request.user && path) this.count(request.user as Principal, `${request.method} ${path}`);
    });
    next();
  };

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    await this.writing;
    await this.write();
    clearTimeout(this.timer);
  }

  /** @param route the pattern of the route with its method, not the address: `GET /api/v1/knowledge/:id` */
  private count({ ownerId, credentialId }: Principal, route: string): void {
    const day = new Date().toISOString().slice(0, 10);
    this.add({ organizationId: ownerId, credentialId, day, route, requests: 1 });
    this.writeSoon();
  }

  private add(usage: Usage): void {
    const key = `${usage.organizationId} ${usage.credentialId} ${usage.day} ${usage.route}`;
    const known = this.counts.get(key);
    if (known) known.requests += usage.requests;
    else if (this.counts.size < MAX_ROWS) this.counts.set(key, usage);
  }

  /** Of writes only one is under way at a time, however long PostgreSQL takes. */
  private writeSoon(): void {
    this.timer ??= setTimeout(() => {
      this.writing = this.write().finally(() => {
        this.timer = undefined;
        if (this.counts.size > 0) this.writeSoon();
      });
    }, WRITE_EVERY_MS).unref();
  }

  private async write(): Promise<void> {
    if (this.counts.size === 0) return;
    const usages = [...this.counts.values()];
    this.counts = new Map();
    try {
      await this.database.asPlatform(() => this.usage.add(usages));
    } catch (error) {
      this.logger.warn({ err: error }, 'usage not written: it is kept and tried again');
      usages.forEach((usage) => this.add(usage));
    }
  }
}
