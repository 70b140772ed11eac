import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Crypto } from '../../platform/crypto/index.js';
import type { AuditEntry, AuditOrigin } from './audit-entry.entity.js';

const PURPOSE = 'audit-log';

export type UnhashedEntry = Omit<AuditEntry, 'hash'> & { hash?: string };

/** The codes that link audit entries. They are keyed: write access to the database is not enough to create one. */
@Injectable()
export class AuditChain {
  constructor(private readonly crypto: Crypto) {}

  /** The hash of an entry that follows one with `previousHash`, over all its fields except its origin. */
  hash(entry: UnhashedEntry, previousHash: string): string {
    const { origin: _origin, hash: _hash, createdAt, ...rest } = entry;
    return this.crypto.hmac(PURPOSE, canonical({ ...rest, createdAt: createdAt.toISOString(), previousHash }));
  }

  /** The code that seals the end of a chain. */
  seal(organizationId: string, sequence: string, hash: string): string {
    return this.crypto.hmac(`${PURPOSE}-head`, canonical({ organizationId, sequence, hash }));
  }

  /** An origin with a salt, so that its digest reveals nothing once the origin is erased. */
  salted(origin: Omit<AuditOrigin, 'salt'>): AuditOrigin {
    return { ...origin, salt: randomBytes(16).toString('base64url') };
  }

  digest(origin: AuditOrigin): string {
    return this.crypto.hmac(`${PURPOSE}-origin`, canonical(origin));
  }
}

/** JSON with sorted keys: the database does not keep their order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
