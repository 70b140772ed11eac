import { Injectable } from '@nestjs/common';
import { SignJWT } from 'jose';
import { validate as isUuid } from 'uuid';
import { Crypto } from '../../platform/crypto/index.js';
import { ACCESS_TOKEN_SECONDS, ALGORITHM, KeyRing } from '../signing-keys/index.js';

export const REFRESH_TOKEN_SECONDS = 30 * 24 * 3600;

/**
 * An access token of a session is read by nobody but this server: it names no address, so that a changed PUBLIC_URL ends no
 * session. Those of OAuth apps, which others read, have type and issuer of their own (RFC 9068).
 */
export const TOKEN_TYPE = 'JWT';
export const ISSUER = 'parlance';
export const AUDIENCE = 'parlance';

/** What an access token says: the person (`sub`) and the session (`sid`). */
export interface SessionClaims {
  sub: string;
  sid: string;
}

const PURPOSE = 'refresh-token';

/**
 * Access tokens are JWTs of an hour; refresh tokens name a session and its generation under an HMAC, so that a genuine
 * but spent one is told apart from a forged one, and a retry is given the same successor.
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

  /** Reads a refresh token that this server made; undefined for anything else. */
  readRefreshToken(token: string): { sessionId: string; generation: number } | undefined {
    const [sessionId = '', generation = '', mac = '', ...rest] = token.split('.');
    if (!isUuid(sessionId) || !/^\d{1,9}$/.test(generation) || rest.length > 0) return undefined;
    if (!this.crypto.verifyHmac(PURPOSE, `${sessionId}.${generation}`, mac)) return undefined;
    return { sessionId, generation: Number(generation) };
  }
}
