import { actorOf } from '../../identity/audit/index.js';
import { SigningKeysService } from '../../identity/signing-keys/index.js';
import { usage } from '../failure.js';
import type { Application } from './application.js';

/** A signing key without its private part. */
interface SigningKeyView {
  kid: string;
  algorithm: string;
  signing: boolean;
  created_at: string;
  expires_at: string | null;
}

export class OperatorSigningKeys {
  constructor(private readonly application: Application) {}

  async list(): Promise<SigningKeyView[]> {
    return (await this.service.list()).map(({ kid, algorithm, isSigning, createdAt, expiresAt }) => ({
      kid,
      algorithm,
      signing: isSigning,
      created_at: createdAt.toISOString(),
      expires_at: expiresAt?.toISOString() ?? null,
    }));
  }

  /** @throws Failure if APP_SECRET differs from that of the servers of this database */
  async requireSecret(): Promise<void> {
    if (await this.service.fitSecret()) return;
    throw usage(
      'APP_SECRET is not the one that this database is used with. With it keys would not work, nobody could sign in and the audit log would be damaged. If APP_SECRET has changed for good, run parlance signing-keys rotate --new-secret first.',
    );
  }

  /** @returns the id of the new key */
  async rotate(overlapSeconds: number | undefined, endsTokensEarly: boolean): Promise<string> {
    try {
      const actor = actorOf(this.application.principal());
      return await this.service.rotate({
        actor,
        ...(overlapSeconds !== undefined && { overlapSeconds }),
        endsTokensEarly,
      });
    } catch (error) {
      throw error instanceof RangeError ? usage(`${error.message} To end them, add --end-tokens.`) : error;
    }
  }

  private get service(): SigningKeysService {
    return this.application.get(SigningKeysService);
  }
}
