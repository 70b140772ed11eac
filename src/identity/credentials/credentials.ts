import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import type { Principal } from '../../platform/http/index.js';
import { Broadcast, ProcessCache } from '../../platform/redis/index.js';

/** A credential that was looked up and found good. */
export interface KnownCredential {
  principal: Principal;
  /** When it ends by itself, in ms since 1970; Infinity for never. */
  expiresAt: number;
  /** Whether it may be used from this address; from any when undefined. */
  admits?: (ip: string) => boolean;
}

/** Whose credentials are not to be believed any more: those of a person, of an organization, or a single one. */
type Subject = `user:${string}` | `organization:${string}` | `credential:${string}`;

const TOPIC = 'credentials';

/**
 * Every credential that this process has looked up. Whoever changes what a credential may do, or whether it is good at all,
 * revokes it here: all processes look it up anew, and those who hold something open for it are told.
 */
@Injectable()
export class Credentials {
  private readonly cache: ProcessCache<KnownCredential>;
  private readonly watchers = new Map<Subject, Set<() => void>>();

  constructor(
    private readonly database: Database,
    broadcast: Broadcast,
  ) {
    this.cache = new ProcessCache(broadcast, TOPIC, ({ principal }) => subjectsOf(principal));
    const tell = (subject: string): void =>
      [...(this.watchers.get(subject as Subject) ?? [])].forEach((call) => call());
    broadcast.listen(TOPIC, tell, () => [...this.watchers.keys()].forEach(tell));
  }

  /** The credential under that key, looked up if it is not known here. */
  get(key: string, load: () => Promise<KnownCredential>): Promise<KnownCredential> {
    return this.cache.get(key, load);
  }

  /** The same, if it is known here and need not be looked up. */
  peek(key: string): KnownCredential | undefined {
    return this.cache.peek(key);
  }

  /** Makes every process look up these credentials anew, once the open transaction has committed. */
  revoke(...subjects: Subject[]): void {
    this.database.afterCommit(() => subjects.forEach((subject) => this.cache.invalidate(subject)));
  }

  /**
   * Calls back whenever this caller's credential, person or organization may have changed, or when that may have been missed.
   * Whether the credential is still good is for the callback to find out.
   * @returns a function that ends the watch
   */
  watch(principal: Principal, onChange: () => void): () => void {
    const subjects = subjectsOf(principal);
    for (const subject of subjects) {
      this.watchers.set(subject, (this.watchers.get(subject) ?? new Set()).add(onChange));
    }
    return () => {
      for (const subject of subjects) {
        const callbacks = this.watchers.get(subject);
        callbacks?.delete(onChange);
        if (callbacks?.size === 0) this.watchers.delete(subject);
      }
    };
  }
}

const subjectsOf = ({ credentialId, userId, organizationId, ownerId }: Principal): Subject[] => [
  `credential:${credentialId}`,
  `organization:${ownerId}`,
  ...(organizationId === ownerId ? [] : [`organization:${organizationId}` as const]),
  ...(userId ? [`user:${userId}` as const] : []),
];
