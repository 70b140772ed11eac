import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { calculateJwkThumbprint, EmbeddedJWK, errors, jwtVerify, type JWK } from 'jose';
import { z } from 'zod';
import { ApiError } from '../../platform/errors/index.js';
import { Redis } from '../../platform/redis/index.js';
import { ALGORITHM } from '../signing-keys/index.js';
import { OAuthAddresses } from './oauth-addresses.js';
import { dpopProofKey } from './oauth.keys.js';

/** With which clients may sign proofs. */
export const DPOP_ALGORITHMS = [ALGORITHM, 'EdDSA'] as const;

/** How old a proof may be, and how far the clock of its maker may be ahead. */
const MAX_AGE_SECONDS = 60;
const CLOCK_TOLERANCE_SECONDS = 5;

const proofSchema = z.object({ htm: z.string(), htu: z.string(), ath: z.string(), jti: z.string().min(1).max(200) });

/** Checks that a caller holds the key to which an access token is bound (RFC 9449). */
@Injectable()
export class DpopProofs {
  constructor(
    private readonly addresses: OAuthAddresses,
    private readonly redis: Redis,
  ) {}

  /** @throws ApiError UNAUTHORIZED unless the request has a fresh proof, of that key, for this token */
  async require(request: Request, token: string, thumbprint: string): Promise<void> {
    const proof = request.headers['dpop'];
    if (typeof proof !== 'string') throw refused('it has no DPoP proof');
    const { claims, jwk } = await this.read(proof);
    const isForRequest = claims.htm === request.method && this.isHere(claims.htu, request);
    if (!isForRequest) throw refused('its DPoP proof is for another request');
    if (claims.ath !== createHash('sha256').update(token).digest('base64url')) {
      throw refused('its DPoP proof is for another token');
    }
    if ((await calculateJwkThumbprint(jwk)) !== thumbprint) throw refused('its DPoP proof is of another key');
    const lifetime = MAX_AGE_SECONDS + 2 * CLOCK_TOLERANCE_SECONDS;
    const key = dpopProofKey(this.redis, thumbprint, claims.jti);
    const isFirst = await this.redis.client.set(key, '1', 'EX', lifetime, 'NX');
    if (isFirst === null) throw refused('its DPoP proof was used before');
  }

  private async read(proof: string): Promise<{ claims: z.output<typeof proofSchema>; jwk: JWK }> {
    try {
      const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
        typ: 'dpop+jwt',
        algorithms: [...DPOP_ALGORITHMS],
        maxTokenAge: MAX_AGE_SECONDS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
      });
      return { claims: proofSchema.parse(payload), jwk: protectedHeader.jwk as JWK };
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof z.ZodError)
        throw refused('its DPoP proof is not valid');
      throw error;
    }
  }

  /** Compares without query and fragment (RFC 9449, 4.3). */
  private isHere(htu: string, request: Request): boolean {
    if (!URL.canParse(htu)) return false;
    const { origin, pathname } = new URL(htu);
    const [path = ''] = request.originalUrl.split('?', 1);
    const here = new URL(this.addresses.of(path));
    return origin === here.origin && pathname === here.pathname;
  }
}

const refused = (why: string): ApiError =>
  new ApiError('UNAUTHORIZED', { detail: `The request is refused because ${why}.` });
