import { Tokens } from '../../src/identity/sessions/index.js';
import { ACCESS_TOKEN_SECONDS } from '../../src/identity/signing-keys/index.js';
import type { TestApp } from './app.js';
import type { Person } from './callers.js';
import type { TestClient } from './client.js';

/** The same person with an access token that expires like one of that age, signed by the server like any other. */
export async function withOldToken(
  { client, nest }: TestApp,
  { userId, sessionId }: Person,
  ageSeconds: number,
): Promise<TestClient> {
  const tokens = nest.get(Tokens, { strict: false });
  return client.as(await tokens.signAccessToken({ sub: userId, sid: sessionId }, ACCESS_TOKEN_SECONDS - ageSeconds));
}
