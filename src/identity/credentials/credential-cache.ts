import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Database } from '../../platform/database/index.js';
import { Broadcast, ProcessCache, Redis } from '../../platform/redis/index.js';
import { isKeyPrincipal, userIdOf, type Principal } from '../permissions/index.js';
import { holdersKey, revocationKey } from './credentials.keys.js';

/** A credential that was looked up and is valid. */
export interface KnownCredential {
  principal: Principal;
  /** When it expires by itself, in ms since 1970; Infinity for never. */
  expiresAt: number;
  /** Whether it may be used from this address; any address if undefined. */
  admits?: (ip: string) => boolean;
}

/** Whose credentials are no longer trusted: a person's, an organization's, or a single one. */
type Subject = `user:${string}` | `organization:${string}` | `credential:${string}`;

const TOPIC = 'credentials';
/** How long the mark of a revocation is kept: longer than a process caches a look-up. */
const MARK_SECONDS = 120;
const MAX_MARKS = 10_000;
/** No mark tells that what is derived from credentials has changed, so it is kept for a moment only. */
const DERIVED_MS = 1_000;

/**
 * All credentials that this process has looked up. Code that changes a credential's rights or validity must revoke it here. All
 * processes then look it up again, and open watches are notified. A message may be lost, so each revocation also leaves a mark in
 * Redis, which comes with the reply that every request waits for anyway (metering/limits).
 */
@Injectable()
export class CredentialCache {
  private readonly cache: ProcessCache<KnownCredential>;
  private readonly forgetDerived: ((subject: Subject) => void)[] = [];
  private readonly watchers = new Map<Subject, Set<() => void>>();
  /** When the look-up that found this caller began. */
  private readonly lookedUpAt = new WeakMap<Principal, number>();
  /** The last mark seen of each organization, and when it was first seen. */
  private readonly marks = new LRUCache<string, { mark: string; since: number }>({ max: MAX_MARKS });

  constructor(
    private readonly database: Database,
    private readonly redis: Redis,
    private readonly broadcast: Broadcast,
  ) {
    this.cache = new ProcessCache(broadcast, TOPIC, ({ principal }) => subjectsOf(principal));
    // All caches must have forgotten it before a watch looks again.
    const tell = (subject: string): void =>
      queueMicrotask(() => [...(this.watchers.get(subject as Subject) ?? [])].forEach((call) => call()));
    broadcast.listen(TOPIC, tell, () => [...this.watchers.keys()].forEach(tell));
  }

  /** A cache for what is read to check credentials: for a second, and less if one of its subjects is revoked. */
  cacheOf<Value>(subjectsOf: (value: Value) => Subject[]): ProcessCache<Value> {
    const cache = new ProcessCache(this.broadcast, TOPIC, subjectsOf, DERIVED_MS);
    this.forgetDerived.push((subject) => cache.forget(subject));
    return cache;
  }

  /** The credential with that key, looked up if it is not cached. */
  get(key: string, load: () => Promise<KnownCredential>): Promise<KnownCredential> {
    return this.cache.get(key, async () => {
      const begunAt = performance.now();
      const known = await load();
      this.lookedUpAt.set(known.principal, begunAt);
      this.noteHolder(known.principal);
      return known;
    });
  }

  /** The same if it is cached; undefined if it must be looked up. */
  peek(key: string): KnownCredential | undefined {
    return this.cache.peek(key);
  }

  /**
   * Makes every process look up these credentials again once the open transaction has committed.
   * @param billingOrganizationIds the `billingOrganizationId` of their principals, as far as the caller knows them
   */
  revoke(billingOrganizationIds: string[], ...subjects: Subject[]): void {
    this.database.afterCommit(() => {
      billingOrganizationIds.forEach((billingOrganizationId) => this.mark(billingOrganizationId));
      subjects.forEach((subject) => this.cache.invalidate(subject));
      subjects.forEach((subject) => void this.markHolders(subject).catch(() => undefined));
    });
  }

  /**
   * Whether this caller was, or may have been, looked up before the revocation that left that mark. If so, it is removed from the
   * cache and must be looked up again.
   */
  isOutdated(principal: Principal, mark: string): boolean {
    const since = this.firstSeen(principal.billingOrganizationId, mark);
    if ((this.lookedUpAt.get(principal) ?? -Infinity) >= since) return false;
    this.cache.forget(`credential:${principal.credentialId}`);
    for (const forget of this.forgetDerived) subjectsOf(principal).forEach(forget);
    return true;
  }

  /**
   * Calls back whenever this caller's credential, person or organization may have changed, or such a change may have been missed.
   * The callback must check whether the credential is still valid.
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

  /** Not awaited: while Redis is down, nothing is served from a cache either. */
  private mark(billingOrganizationId: string): void {
    const mark = randomBytes(9).toString('base64url');
    this.redis.client
      .set(revocationKey(this.redis, billingOrganizationId), mark, 'EX', MARK_SECONDS)
      .catch(() => undefined);
  }

  /** Remembers, while it may be cached, in which organization this caller acts by the right of another one. */
  private noteHolder(principal: Principal): void {
    for (const subject of subjectsElsewhere(principal)) {
      const key = holdersKey(this.redis, subject);
      const noted = this.redis.client.multi().sadd(key, principal.billingOrganizationId).expire(key, MARK_SECONDS);
      noted.exec().catch(() => undefined);
    }
  }

  /** Marks the organizations in which callers act that depend on this subject. */
  private async markHolders(subject: Subject): Promise<void> {
    const holders = await this.redis.client.smembers(holdersKey(this.redis, subject));
    holders.forEach((billingOrganizationId) => this.mark(billingOrganizationId));
  }

  private firstSeen(billingOrganizationId: string, mark: string): number {
    const known = this.marks.get(billingOrganizationId);
    if (known?.mark === mark) return known.since;
    const since = performance.now();
    this.marks.set(billingOrganizationId, { mark, since });
    return since;
  }
}

function subjectsOf(principal: Principal): Subject[] {
  const { credentialId, organizationId, billingOrganizationId } = principal;
  const userId = userIdOf(principal);
  return [
    ...[credentialId, ...othersBehind(principal)].map((id) => `credential:${id}` as const),
    `organization:${billingOrganizationId}`,
    ...(organizationId === billingOrganizationId ? [] : [`organization:${organizationId}` as const]),
    ...(userId ? [`user:${userId}` as const] : []),
    ...(principal.kind === 'oauth_app' && principal.applicationOwnerId
      ? [`organization:${principal.applicationOwnerId}` as const]
      : []),
  ];
}

/** The subjects of a caller whose revocation may come from another organization: its app, and the app's owner. */
function subjectsElsewhere(principal: Principal): Subject[] {
  if (principal.kind !== 'oauth_app') return [];
  const { applicationId, applicationOwnerId, billingOrganizationId } = principal;
  if (applicationOwnerId === billingOrganizationId) return [];
  return [
    `credential:${applicationId}`,
    ...(applicationOwnerId === undefined ? [] : [`organization:${applicationOwnerId}` as const]),
  ];
}

/** Further credentials whose change affects this caller. */
function othersBehind(principal: Principal): string[] {
  if (isKeyPrincipal(principal)) return principal.ancestorIds;
  return principal.kind === 'oauth_app' ? [principal.applicationId] : [];
}
