import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SignJWT } from 'jose';
import { validate as isUuid } from 'uuid';
import { Crypto } from '../../platform/crypto/index.js';

export const ACCESS_TOKEN_SECONDS = 3600;
export const REFRESH_TOKEN_SECONDS = 30 * 24 * 3600;

const ISSUER = 'parlance';
const AUDIENCE = 'parlance';

/** What an access token says: the person (`sub`) and the session (`sid`). */
export interface SessionClaims {
  sub: string;
  sid: string;
}

/**
 * Access tokens are JWTs of an hour; refresh tokens name a session and its generation under an HMAC, so that a genuine
 * but spent one is told apart from a forged one, and a retry is given the same successor.
 */
@Injectable()
export class Tokens {
  constructor(private readonly crypto: Crypto) {}

  signAccessToken({ sub, sid }: SessionClaims): Promise<string> {
    return new SignJWT({ sid })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(sub)
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt()
      .setExpirationTime(`${ACCESS_TOKEN_SECONDS}s`)
      .sign(this.crypto.keyFor('session-jwt'));
  }

  /** How an access token is checked, in the terms of passport-jwt. */
  get verification(): { secretOrKey: Buffer; algorithms: ['HS256']; issuer: string; audience: string } {
    const secretOrKey = this.crypto.keyFor('session-jwt');
    return { secretOrKey, algorithms: ['HS256'], issuer: ISSUER, audience: AUDIENCE };
  }

  makeRefreshToken(sessionId: string, generation: number): string {
    return `${sessionId}.${generation}.${this.crypto.hmac('refresh-token', `${sessionId}.${generation}`)}`;
  }

  /** Reads a refresh token that this server made; undefined for anything else. */
  readRefreshToken(token: string): { sessionId: string; generation: number } | undefined {
    const [sessionId = '', generation = ''] = token.split('.');
    if (!isUuid(sessionId) || !/^\d{1,9}$/.test(generation)) return undefined;
    const expected = Buffer.from(this.makeRefreshToken(sessionId, Number(generation)));
    const given = Buffer.from(token);
    const genuine = given.length === expected.length && timingSafeEqual(given, expected);
    return genuine ? { sessionId, generation: Number(generation) } : undefined;
  }
}
