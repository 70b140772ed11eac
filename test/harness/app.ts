import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApp } from '../../src/bootstrap.js';
import { Logger } from '../../src/platform/telemetry/index.js';
import { TestClient } from './client.js';
import { createDatabase, type TestDatabase } from './database.mjs';
import { testConfig } from './environment.js';
import type { RunningApp } from './shared-app.js';
import { logFolder } from './variables.mjs';

export interface TestApp extends RunningApp {
  database: TestDatabase;
  nest: NestExpressApplication;
}

/** Starts the server as composed in production, on its own port and database. Sets `WORKER_INLINE` by default. */
export async function startApp(variables: Record<string, string> = {}, withLimits = false): Promise<TestApp> {
  const database = await createDatabase(withLimits);
  const config = testConfig({
    DATABASE_URL: database.url,
    WORKER_INLINE: 'true',
    ...(logFolder && { LOG_LEVEL: 'trace' }),
    ...variables,
  });
  const nest = await createApp(config, logFolder ? new Logger(config, toFile(logFolder)) : undefined);
  await nest.listen(0, '127.0.0.1');
  return {
    client: new TestClient(await nest.getUrl()),
    database,
    nest,
    close: async () => {
      await nest.close();
      await database.drop();
    },
  };
}

const toFile = (folder: string) => ({
  write: (line: string) => appendFileSync(join(folder, `tests-${process.pid}.log`), line),
});
