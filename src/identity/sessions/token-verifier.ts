import { Injectable } from '@nestjs/common';
import { decodeProtectedHeader } from 'jose';
import { LRUCache } from 'lru-cache';
import type { SecretOrKeyProvider } from 'passport-jwt';
import { ApiError } from '../../platform/errors/index.js';
import { toApiError } from '../../platform/http/index.js';
import { ALGORITHM, KeyRing } from '../signing-keys/index.js';
import { AUDIENCE, ISSUER, TOKEN_TYPE, type SessionClaims } from './tokens.js';

/** How much the clocks of our processes may differ. */
const CLOCK_TOLERANCE_SECONDS = 5;

const MAX_KNOWN = 10_000;

interface Header {
  kid?: string;
  typ?: string;
}

/** Checks access tokens. A signature is verified once per process, not on every request. */
@Injectable()
export class TokenVerifier {
  private readonly known = new LRUCache<string, { claims: SessionClaims; kid: string; until: number }>({
    max: MAX_KNOWN,
  });

  constructor(private readonly keys: KeyRing) {}

  /** The check, as options of passport-jwt. */
  get options() {
    return {
      secretOrKeyProvider: ((_request, token: string, done) => {
        this.findKey(token).then(
          (key) => done(null, key as never),
          (error: unknown) => done(toApiError(error)),
        );
      }) as SecretOrKeyProvider,
      algorithms: [ALGORITHM] as (typeof ALGORITHM)[],
      issuer: ISSUER,
      audience: AUDIENCE,
      jsonWebTokenOptions: { clockTolerance: CLOCK_TOLERANCE_SECONDS },
    };
  }

  /** The claims of a token verified here before, if it has not expired and its key has not been retired since. */
  async recall(token: string): Promise<SessionClaims | undefined> {
    const known = this.known.get(token);
    if (!known) return undefined;
    if (known.until > Date.now() && (await this.keys.find(known.kid))) return known.claims;
    this.known.delete(token);
    return undefined;
  }

  /** @throws ApiError UNAUTHORIZED for a token issued in the future */
  remember(token: string, { sub, sid, iat, exp }: SessionClaims & { iat: number; exp: number }): void {
    if (iat > Date.now() / 1000 + CLOCK_TOLERANCE_SECONDS) throw new ApiError('UNAUTHORIZED');
    this.known.set(token, { claims: { sub, sid }, kid: headerOf(token).kid as string, until: exp * 1000 });
  }

  private async findKey(token: string): Promise<Awaited<ReturnType<KeyRing['find']>>> {
    const { kid, typ } = headerOf(token);
    return kid && typ === TOKEN_TYPE ? this.keys.find(kid) : undefined;
  }
}

/** The header of any text sent as a token. Keys embedded in it are ignored. */
function headerOf(token: string): Header {
  try {
    const { kid, typ } = decodeProtectedHeader(token);
    return { ...(typeof kid === 'string' && { kid }), ...(typeof typ === 'string' && { typ }) };
  } catch {
    return {};
  }
}
