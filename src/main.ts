import 'reflect-metadata';
import { createApp } from './bootstrap.js';
import { ConfigurationError, readConfig } from './platform/config/index.js';
import { UnfitDatabaseError } from './platform/database/index.js';

/** The HTTP process. */
try {
  const config = readConfig();
  const app = await createApp(config);
  await app.listen(config.get('PORT'), config.get('HOST'));
  const url = (await app.getUrl()).replace('[::1]', 'localhost');
  process.send?.({ type: 'listening', url });
  // Started by `npm start`: when that process ends, for any reason, this one ends, too.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
} catch (error) {
  const isForOperator = error instanceof ConfigurationError || error instanceof UnfitDatabaseError;
  process.stderr.write(`${isForOperator ? error.message : String((error as Error).stack)}\n`);
  process.exit(1);
}
