import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Audit, type AuditActor } from '../audit/index.js';
import { KeyPair } from './key-pair.js';
import { KeyRing } from './key-ring.js';
import { JwkDto, type JwksDto } from './signing-keys.dto.js';
import { SigningKeysRepository } from './signing-keys.repository.js';

/** How long an access token is good: no key may verify shorter than what it has signed. */
export const ACCESS_TOKEN_SECONDS = 3600;

/** A minute more, for processes whose clocks differ. */
const DEFAULT_OVERLAP_SECONDS = ACCESS_TOKEN_SECONDS + 60;

export interface SigningKeyInfo {
  kid: string;
  algorithm: string;
  isSigning: boolean;
  createdAt: Date;
  /** Until when it verifies; null for the one that signs. */
  expiresAt: Date | null;
}

interface Rotation {
  actor: AuditActor;
  /** How long the keys of before go on to verify. */
  overlapSeconds?: number;
  /** Allows an overlap shorter than access tokens live: those signed before end with it. For a key that was stolen. */
  endsTokensEarly?: boolean;
}

/** The keys that access tokens are signed with, for whoever administers or verifies. */
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
   * Makes a new key, which signs from now on in all processes, and sets an end to those of before.
   * @throws RangeError when the overlap is shorter than access tokens live, unless that is meant
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

  /** Whether the key that signs was made under the APP_SECRET of this process; true where there is none yet. */
  async fitSecret(): Promise<boolean> {
    const [signing] = await this.database.asPlatform(() => this.keys.listGood());
    try {
      if (signing) this.keyPair.openPrivateHalf(signing);
      return true;
    } catch {
      return false;
    }
  }

  /** All keys that verify, the one that signs first. */
  async list(): Promise<SigningKeyInfo[]> {
    return (await this.ring.list()).map(({ id, algorithm, createdAt, expiresAt }, index) => ({
      kid: id,
      algorithm,
      isSigning: index === 0,
      createdAt,
      expiresAt,
    }));
  }

  /** The public halves, as the world may see them. */
  async getJwks(): Promise<JwksDto> {
    return { keys: (await this.ring.list()).map((key) => JwkDto.from(key)) };
  }
}
