import { startApp, type TestApp } from './app.js';
import type { TestClient } from './client.js';
import { EventReader } from './event-reader.js';
import { register, withKey } from './fixtures.js';
import { startModelServer, type ModelServer } from './model-server.mjs';

const SCOPES = [
  'analytics:read',
  'conversations:read',
  'conversations:write',
  'knowledge:read',
  'knowledge:write',
  'system:read',
];

/** A server whose model is a stand-in, and a program that uses it. */
export interface StandInApp extends TestApp {
  model: ModelServer;
  /** Sends a key for chat and knowledge. */
  program: TestClient;
  /** The settings of another process that serves the same data. */
  shared: Record<string, string>;
}

/**
 * Without the answer cache, so that each question reaches the stand-in.
 * @param suffix of MODEL_BASE_URL
 */
export async function startStandInApp(variables: Record<string, string> = {}, suffix = ''): Promise<StandInApp> {
  const model = await startModelServer();
  const settings = {
    MODEL_BASE_URL: model.url + suffix,
    MODEL_DEFAULT: 'stand-in',
    ANSWER_CACHE_SECONDS: '0',
    REDIS_KEY_PREFIX: `test-${process.pid}-${Date.now()}`,
    ...variables,
  };
  const app = await startApp(settings);
  const { session } = await register(app.client);
  const standIn: StandInApp = {
    ...app,
    model,
    program: await withKey(session, SCOPES),
    shared: { ...settings, DATABASE_URL: app.database.url },
    close: async () => {
      await app.close();
      // A test may have replaced the first server.
      await standIn.model.close();
    },
  };
  return standIn;
}

export const openStream = async (client: TestClient, body: object, signal?: AbortSignal): Promise<EventReader> =>
  new EventReader(await client.fetch('POST', '/api/v1/chat/stream', { body, ...(signal && { signal }) }));

/** Resumes a stream after that event. */
export const resumeStream = async (client: TestClient, path: string, lastEventId?: string): Promise<EventReader> =>
  new EventReader(
    await client.fetch('GET', path, { headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId } }),
  );
