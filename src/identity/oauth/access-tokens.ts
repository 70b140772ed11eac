import { Injectable } from '@nestjs/common';
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { ApiError } from '../../platform/errors/index.js';
import { ALGORITHM, KeyRing } from '../signing-keys/index.js';
import { OAuthAddresses } from './oauth-addresses.js';

/** How much the clocks of our processes may differ. */
const CLOCK_TOLERANCE_SECONDS = 5;
/** The type of OAuth access tokens (RFC 9068), which distinguishes them from those of sessions. */
const TYPE = 'at+jwt';

const MAX_KNOWN = 10_000;
/** All tokens of one signing key have the same header, so few are known. */
const MAX_HEADERS = 100;

const claimsSchema = z.object({
  iss: z.string(),
  aud: z.string(),
  sub: z.string(),
  client_id: z.string(),
  scope: z.string().optional(),
  organization_id: z.uuid(),
  /** Absent for client credentials. */
  authorization_id: z.uuid().optional(),
  cnf: z.object({ jkt: z.string() }).optional(),
  jti: z.string(),
  iat: z.number(),
  exp: z.number(),
});

export type AccessTokenClaims = z.output<typeof claimsSchema>;

/** Verifies the access tokens of OAuth clients, by their signature. Whether they were ended is for others to ask. */
@Injectable()
export class AccessTokens {
  /** Verified tokens: a signature is verified once per process, not on every request. */
  private readonly known = new LRUCache<string, { claims: AccessTokenClaims; kid: string }>({ max: MAX_KNOWN });

  /** Encoded header -> whether it is of the type of these tokens. */
  private readonly headers = new LRUCache<string, boolean>({ max: MAX_HEADERS });

  constructor(
    private readonly keys: KeyRing,
    private readonly addresses: OAuthAddresses,
  ) {}

  /** Whether a text has the form of an OAuth access token. Sessions ask this on every request too. */
  recognizes(token: string): boolean {
    const [header = '', ...rest] = token.split('.', 4);
    if (rest.length !== 2) return false;
    let isOfType = this.headers.get(header);
    if (isOfType === undefined) this.headers.set(header, (isOfType = typeOf(token) === TYPE));
    return isOfType;
  }

  /** The claims of a valid token that this process knows; undefined for one that must be verified. */
  recall(token: string): AccessTokenClaims | undefined {
    const known = this.known.get(token);
    return known && known.claims.exp * 1000 > Date.now() && this.keys.isKnown(known.kid) ? known.claims : undefined;
  }

  /**
   * The claims of a valid token.
   * @throws ApiError UNAUTHORIZED, or TOKEN_EXPIRED
   */
  async verify(token: string): Promise<AccessTokenClaims> {
    const known = this.recall(token);
    if (known) return known;
    const claims = await this.check(token);
    this.known.set(token, { claims, kid: String(decodeProtectedHeader(token).kid) });
    return claims;
  }

  /** The claims of a token that was verified before. */
  decode(token: string): AccessTokenClaims {
    return claimsSchema.parse(decodeJwt(token));
  }

  private async check(token: string): Promise<AccessTokenClaims> {
    try {
      const { payload } = await jwtVerify(
        token,
        async ({ kid }) => {
          const key = kid === undefined ? undefined : await this.keys.find(kid);
          if (!key) throw new ApiError('UNAUTHORIZED');
          return key;
        },
        {
          algorithms: [ALGORITHM],
          typ: TYPE,
          issuer: this.addresses.issuer,
          audience: this.addresses.audience,
          requiredClaims: ['exp', 'iat', 'sub', 'client_id'],
        },
      );
      if ((payload.iat as number) > Date.now() / 1000 + CLOCK_TOLERANCE_SECONDS) throw new ApiError('UNAUTHORIZED');
      return claimsSchema.parse(payload);
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new ApiError('TOKEN_EXPIRED');
      if (error instanceof errors.JOSEError || error instanceof z.ZodError) throw new ApiError('UNAUTHORIZED');
      throw error;
    }
  }

  /** The same; undefined for an invalid token. */
  async read(token: string): Promise<AccessTokenClaims | undefined> {
    try {
      return await this.verify(token);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return undefined;
      throw error;
    }
  }
}

function typeOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).typ?.toLowerCase();
  } catch {
    return undefined;
  }
}
