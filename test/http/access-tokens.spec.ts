import { createHash, createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, exportJWK, SignJWT, type JWK } from 'jose';
import { KeyRing, SigningKeysService } from '../../src/identity/signing-keys/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { Answer, TestClient } from '../harness/client.js';
import { register, type Account } from '../harness/fixtures.js';
import { expectProblem, NO_ID } from '../harness/expectations.js';

let app: TestApp;
let client: TestClient;
let ada: Account;
let mallory: Account;
let serverKey: { kid: string; privateKey: KeyObject };
beforeAll(async () => {
  app = await startApp();
  ({ client } = app);
  [ada, mallory] = await Promise.all([register(client), register(client)]);
  serverKey = await app.nest.get(KeyRing, { strict: false }).getSigningKey();
});
afterAll(() => app.close());

type Header = Record<string, unknown>;

const me = (token: string): Promise<Answer<{ id: string }>> => client.as(token).get<{ id: string }>('/auth/me');
const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = (): Record<string, unknown> => decodeJwt(ada.accessToken);
const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;
const ownKeys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** A token as the server creates it, except for the given parts. */
const signed = (overrides: object, header: Header = {}, key: KeyObject | Uint8Array = serverKey.privateKey) =>
  new SignJWT({ ...claims(), ...overrides })
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: serverKey.kid, ...header })
    .sign(key);

async function expectRefused(token: string): Promise<void> {
  expectProblem(await me(token), 'UNAUTHORIZED');
  // Twice, because a token may be cached.
  expectProblem(await me(token), 'UNAUTHORIZED');
}

describe('an access token', () => {
  it('is signed with ES256 under a named key, and contains only person, session and times', async () => {
    expect(decodeProtectedHeader(ada.accessToken)).toEqual({ alg: 'ES256', typ: 'JWT', kid: serverKey.kid });
    const { iat, exp, ...rest } = claims() as { iat: number; exp: number };
    expect(rest).toEqual({ iss: 'parlance', aud: 'parlance', sub: ada.userId, sid: expect.any(String) });
    expect(exp - iat).toBe(3600);
  });

  it('is accepted when created as in this file: each refusal below has its own cause', async () => {
    expect((await me(await signed({}))).body.id).toBe(ada.userId);
    expect((await me(await signed({ iat: inSeconds(2) }))).status).toBe(200);
  });

  describe('is refused', () => {
    it.each(['none', 'None', 'NONE', ''])('with the algorithm %j and no signature', async (alg) => {
      await expectRefused(`${base64({ alg, typ: 'JWT', kid: serverKey.kid })}.${base64(claims())}.`);
    });

    it('with an algorithm that omits the signature, and the signature of another token', async () => {
      const signature = ada.accessToken.split('.')[2];
      await expectRefused(
        `${base64({ alg: 'none', typ: 'JWT', kid: serverKey.kid })}.${base64(claims())}.${signature}`,
      );
    });

    it.each(['HS256', 'HS384', 'HS512'])('signed by %s with the public key as the secret', async (alg) => {
      const { body } = await client.get<{ keys: (JWK & { kid: string })[] }>('/oauth/jwks');
      const jwk = body.keys.find(({ kid }) => kid === serverKey.kid) as JWK;
      const publicKey = createPublicKey({ key: jwk as never, format: 'jwk' });
      const { kty, crv, x, y } = jwk;
      const secrets = [
        publicKey.export({ type: 'spki', format: 'pem' }).toString(),
        publicKey.export({ type: 'spki', format: 'pem' }).toString().trim(),
        publicKey.export({ type: 'spki', format: 'der' }),
        JSON.stringify(jwk),
        JSON.stringify({ kty, crv, x, y }),
        JSON.stringify(body),
        jwk.x as string,
        createHash('sha256')
          .update(jwk.x as string)
          .digest(),
      ];
      for (const secret of secrets) {
        await expectRefused(await signed({}, { alg }, Uint8Array.from(Buffer.from(secret as string))));
      }
    });

    it('signed with another key under the name of ours', async () => {
      await expectRefused(await signed({}, {}, ownKeys.privateKey));
    });

    it('with a key that the header contains or links to', async () => {
      const jwk = await exportJWK(ownKeys.publicKey);
      const kid = await calculateJwkThumbprint(jwk);
      const sources: Header[] = [
        { jwk },
        { jku: `${client.url}/jwks-of-mallory` },
        { x5u: `${client.url}/certificate-of-mallory` },
        { x5c: [ownKeys.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] },
      ];
      for (const source of sources) {
        for (const name of [kid, serverKey.kid, undefined]) {
          await expectRefused(await signed({}, { ...source, kid: name }, ownKeys.privateKey));
        }
      }
    });

    it.each([
      ['none', undefined],
      ['one that never was', randomBytes(32).toString('base64url')],
      ['an empty one', ''],
      ['a path', '../../../../dev/null'],
      ['SQL', "' OR 1=1 --"],
      ['a number', 1],
      ['a list', [] as unknown],
    ])('with a kid that is %s', async (_what, kid) => {
      await expectRefused(await signed({}, { kid: kid as string }));
    });

    it.each([
      ['of an OAuth access token', 'at+jwt'],
      ['none', undefined],
      ['another', 'logout+jwt'],
    ])('with a type that is %s', async (_what, typ) => {
      await expectRefused(await signed({}, { typ }));
    });

    it.each([
      ['another audience', { aud: 'elsewhere' }],
      ['no audience', { aud: undefined }],
      ['another issuer', { iss: 'http://elsewhere.test' }],
      ['the public address as issuer, as tokens of apps have it', { iss: 'http://parlance.test' }],
      ['no issuer', { iss: undefined }],
      ['a beginning that has not come', { nbf: inSeconds(600) }],
      ['a signature of the future', { iat: inSeconds(600) }],
    ])('with %s', async (_what, overrides) => {
      await expectRefused(await signed(overrides));
    });

    it('when it has expired, and says so', async () => {
      const answer = await me(await signed({ iat: inSeconds(-3700), exp: inSeconds(-100) }));
      expectProblem(answer, 'TOKEN_EXPIRED');
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    });

    it('when its claims were changed', async () => {
      const [header, , signature] = ada.accessToken.split('.');
      for (const change of [{ sub: mallory.userId }, { exp: inSeconds(999_999) }, { sid: NO_ID }]) {
        await expectRefused(`${header}.${base64({ ...claims(), ...change })}.${signature}`);
      }
    });

    it('when its signature is cut, lengthened, emptied or taken from the token of another session', async () => {
      // A token that the server has cached as valid must not validate these.
      expect((await me(ada.accessToken)).status).toBe(200);
      const [header, content, signature = ''] = ada.accessToken.split('.');
      const others = [
        signature.slice(0, -1),
        signature.slice(0, -4),
        signature.slice(0, 43),
        `${signature}AA`,
        '',
        'A'.repeat(86),
        mallory.accessToken.split('.')[2],
      ];
      for (const other of others) await expectRefused(`${header}.${content}.${other}`);
    });

    it('when its session never existed, or belongs to another person', async () => {
      expectProblem(await me(await signed({ sid: NO_ID })), 'TOKEN_REVOKED');
      expectProblem(await me(await signed({ sid: decodeJwt(mallory.accessToken)['sid'] })), 'TOKEN_REVOKED');
    });

    it('when its key has been retired, even if its signature was verified before', async () => {
      const old = await signed({});
      expect((await me(old)).status).toBe(200);
      const keys = app.nest.get(SigningKeysService, { strict: false });
      await keys.rotate({ actor: { kind: 'system', id: null }, overlapSeconds: 0, endsTokensEarly: true });
      await expectRefused(old);
      await expectRefused(await signed({}));
    });
  });
});
