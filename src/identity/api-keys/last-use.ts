import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Database } from '../../platform/database/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { ApiKeysRepository } from './api-keys.repository.js';

const INTERVAL_MS = 60_000;
const MAX_ENTRIES = 50_000;

/** Records when and from where each key was last used: once a minute, without delaying the request. */
@Injectable()
export class LastUse {
  private readonly notedAt = new LRUCache<string, number>({ max: MAX_ENTRIES });

  constructor(
    private readonly database: Database,
    private readonly keys: ApiKeysRepository,
    private readonly logger: Logger,
  ) {}

  note(id: string, ip: string | null): void {
    const now = Date.now();
    if (now - (this.notedAt.get(id) ?? 0) < INTERVAL_MS) return;
    this.notedAt.set(id, now);
    this.database
      .asPlatform(() => this.keys.noteUse(id, ip))
      .catch((error: unknown) => this.logger.warn({ err: error }, 'last use of an API key not recorded'));
  }
}
