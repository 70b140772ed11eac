import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Audit, type AuditActor } from '../audit/index.js';
import { KeyPair } from './key-pair.js';
import { KeyRing } from './key-ring.js';
import { JwkDto, type JwksDto } from './signing-keys.dto.js';
import { SigningKeysRepository } from './signing-keys.repository.js';

/** The lifetime of an access token: a key must verify at least as long as the tokens that it signed. */
export const ACCESS_TOKEN_SECONDS = 3600;

/** One minute longer, for processes whose clocks differ. */
const DEFAULT_OVERLAP_SECONDS = ACCESS_TOKEN_SECONDS + 60;

export interface SigningKeyInfo {
  kid: string;
  algorithm: string;
  isSigning: boolean;
  createdAt: Date;
  /** When it stops verifying; null for the signing key. */
  expiresAt: Date | null;
}

interface Rotation {
  actor: AuditActor;
  /** How long previous keys continue to verify. */
  overlapSeconds?: number;
  /** Allows an overlap shorter than the lifetime of access tokens, which then end with it. For a stolen key. */
  endsTokensEarly?: boolean;
}

/** The keys that sign access tokens, for their administration and publication. */
@Injectable()
export class SigningKeysService {
  constructor(
    private readonly database: Database,
    private readonly keys: SigningKeysRepository,
    private readonly keyPair: KeyPair,
    private readonly ring: KeyRing,
    private readonly audit: Audit,
  ) {}

  /**
   * Creates a new key, which signs from now on in all processes, and sets an expiry on the previous ones.
   * @throws RangeError when the overlap is shorter than the lifetime of access tokens, unless `endsTokensEarly` is set
   */
  async rotate({
    actor,
    overlapSeconds = DEFAULT_OVERLAP_SECONDS,
    endsTokensEarly = false,
  }: Rotation): Promise<string> {
    if (!(overlapSeconds >= 0) || (overlapSeconds < ACCESS_TOKEN_SECONDS && !endsTokensEarly)) {
      throw new RangeError(
        `The overlap must be at least ${ACCESS_TOKEN_SECONDS} seconds, the lifetime of access tokens.`,
      );
    }
    const made = await this.keyPair.make();
    await this.database.asPlatform(async () => {
      await this.keys.lock();
      await this.keys.expireAll(overlapSeconds);
      await this.keys.deleteExpired();
      await this.keys.insert(made);
      await this.audit.record({
        action: 'signing_key.rotated',
        actor,
        target: { type: 'signing_key', id: made.id },
        details: { overlap_seconds: overlapSeconds },
        organizationId: null,
      });
      this.ring.announceChange();
    });
    return made.id;
  }

  /** Whether the signing key was created under the APP_SECRET of this process; true if there is none yet. */
  async fitSecret(): Promise<boolean> {
    const [signing] = await this.database.asPlatform(() => this.keys.listGood());
    try {
      if (signing) this.keyPair.openPrivateHalf(signing);
      return true;
    } catch {
      return false;
    }
  }

  /** All keys that verify tokens, the signing key first. */
  async list(): Promise<SigningKeyInfo[]> {
    return (await this.ring.list()).map(({ id, algorithm, createdAt, expiresAt }, index) => ({
      kid: id,
      algorithm,
      isSigning: index === 0,
      createdAt,
      expiresAt,
    }));
  }

  /** The public halves, for publication. */
  async getJwks(): Promise<JwksDto> {
    return { keys: (await this.ring.list()).map((key) => JwkDto.from(key)) };
  }
}
