import { jest } from '@jest/globals';
import { Tokens } from '../../src/identity/sessions/index.js';
import type { TestApp } from './app.js';
import type { Person } from './callers.js';
import type { TestClient } from './client.js';
import { ALL_BUT_THE_DATE } from './fake-time.js';

/** The same person with an access token of that age, signed by the server as any other. */
export async function withOldToken(
  { client, nest }: TestApp,
  { userId, sessionId }: Person,
  ageSeconds: number,
): Promise<TestClient> {
  jest.useFakeTimers({ now: Date.now() - ageSeconds * 1000, doNotFake: ALL_BUT_THE_DATE });
  try {
    return client.as(await nest.get(Tokens, { strict: false }).signAccessToken({ sub: userId, sid: sessionId }));
  } finally {
    jest.useRealTimers();
  }
}
