import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Crypto } from '../../platform/crypto/index.js';
import type { AuditEntry, AuditOrigin } from './audit-entry.entity.js';

const PURPOSE = 'audit-log';

export type UnhashedEntry = Omit<AuditEntry, 'hash'> & { hash?: string };

/** The codes that tie audit entries together. They are keyed, so nobody who can only write to the database can make one. */
@Injectable()
export class AuditChain {
  constructor(private readonly crypto: Crypto) {}

  /** The hash of an entry that follows one with `previousHash`, over all of it but its origin. */
  hash(entry: UnhashedEntry, previousHash: string): string {
    const { origin: _origin, hash: _hash, createdAt, ...rest } = entry;
    return this.crypto.hmac(PURPOSE, canonical({ ...rest, createdAt: createdAt.toISOString(), previousHash }));
  }

  /** The code of a chain's end. */
  seal(organizationId: string, sequence: string, hash: string): string {
    return this.crypto.hmac(`${PURPOSE}-head`, canonical({ organizationId, sequence, hash }));
  }

  /** An origin with a salt, so that its digest tells nothing once the origin is erased. */
  salted(origin: Omit<AuditOrigin, 'salt'>): AuditOrigin {
    return { ...origin, salt: randomBytes(16).toString('base64url') };
  }

  digest(origin: AuditOrigin): string {
    return this.crypto.hmac(`${PURPOSE}-origin`, canonical(origin));
  }
}

/** JSON whose keys stand in order: the database does not keep theirs. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
