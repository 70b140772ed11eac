import { Injectable } from '@nestjs/common';
import { SignJWT } from 'jose';
import { validate as isUuid } from 'uuid';
import { Crypto } from '../../platform/crypto/index.js';
import { ACCESS_TOKEN_SECONDS, ALGORITHM, KeyRing } from '../signing-keys/index.js';

export const REFRESH_TOKEN_SECONDS = 30 * 24 * 3600;

/**
 * Only this server reads the access token of a session: it names no address, so a changed PUBLIC_URL ends no session. Tokens of
 * OAuth apps, which others read, have their own type and issuer (RFC 9068).
 */
export const TOKEN_TYPE = 'JWT';
export const ISSUER = 'parlance';
export const AUDIENCE = 'parlance';

/** The claims of an access token: the person (`sub`) and the session (`sid`). */
export interface SessionClaims {
  sub: string;
  sid: string;
}

const PURPOSE = 'refresh-token';

/**
 * Access tokens are JWTs valid for one hour. Refresh tokens name a session and its generation under an HMAC: this distinguishes a
 * spent token from a forged one, and a retry receives the same successor.
 */
@Injectable()
export class Tokens {
  constructor(
    private readonly crypto: Crypto,
    private readonly keys: KeyRing,
  ) {}

  async signAccessToken({ sub, sid }: SessionClaims, expiresInSeconds = ACCESS_TOKEN_SECONDS): Promise<string> {
    const { kid, privateKey } = await this.keys.getSigningKey();
    return new SignJWT({ sid })
      .setProtectedHeader({ alg: ALGORITHM, typ: TOKEN_TYPE, kid })
      .setSubject(sub)
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt()
      .setExpirationTime(`${expiresInSeconds}s`)
      .sign(privateKey);
  }

  makeRefreshToken(sessionId: string, generation: number): string {
    const content = `${sessionId}.${generation}`;
    return `${content}.${this.crypto.hmac(PURPOSE, content)}`;
  }

  /** Reads a refresh token that this server created; undefined for anything else. */
  readRefreshToken(token: string): { sessionId: string; generation: number } | undefined {
    const [sessionId = '', generation = '', mac = '', ...rest] = token.split('.');
    if (!isUuid(sessionId) || !/^\d{1,9}$/.test(generation) || rest.length > 0) return undefined;
    if (!this.crypto.verifyHmac(PURPOSE, `${sessionId}.${generation}`, mac)) return undefined;
    return { sessionId, generation: Number(generation) };
  }
}
