import 'reflect-metadata';
import { readConfig } from './platform/config/index.js';
import { migrate } from './platform/database/index.js';

/** Brings the database up to date: `node dist/migrate.js`, before the processes of a new version start. */
try {
  const count = await migrate(readConfig());
  process.stdout.write(`${count} migrations applied\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}
