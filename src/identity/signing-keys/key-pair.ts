import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { Crypto } from '../../platform/crypto/index.js';
import type { SigningKey } from './signing-key.entity.js';

export const ALGORITHM = 'ES256';
const PURPOSE = 'signing-key';

/** Creates key pairs and decrypts private halves, which are encrypted under APP_SECRET and bound to their rows. */
@Injectable()
export class KeyPair {
  constructor(private readonly crypto: Crypto) {}

  /** A new key pair, named by its thumbprint (RFC 7638). */
  async make(): Promise<Pick<SigningKey, 'id' | 'algorithm' | 'publicJwk' | 'encryptedPrivateKey'>> {
    const { publicKey, privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
    const publicJwk = publicKey.export({ format: 'jwk' }) as JWK;
    const id = await calculateJwkThumbprint(publicJwk);
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    return { id, algorithm: ALGORITHM, publicJwk, encryptedPrivateKey: this.crypto.encrypt(PURPOSE, pem, id) };
  }

  /** @throws Error with instructions when the key was created under another APP_SECRET */
  openPrivateHalf({ id, encryptedPrivateKey }: SigningKey): KeyObject {
    try {
      return createPrivateKey(this.crypto.decrypt(PURPOSE, encryptedPrivateKey, id));
    } catch (cause) {
      throw new Error(
        `The signing key ${id} cannot be decrypted because it was created with another APP_SECRET. Restore that APP_SECRET, or create a new key with "parlance signing-keys rotate --new-secret".`,
        { cause },
      );
    }
  }
}
