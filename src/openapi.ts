import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { describeApi } from './openapi/describe-api.js';
import type { Description } from './openapi/description.js';
import { describeVersion } from './openapi/older-version.js';
import { packageRoot, readConfig } from './platform/config/index.js';
import { Logger } from './platform/telemetry/index.js';
import { versions } from './versions.js';

/**
 * Writes openapi.json from the built code (`npm run openapi`), or with `--check` reports whether the committed one matches it,
 * or with `--each <folder>` writes the document of every version there.
 * Nothing is connected to: the values below are never used.
 */
const config = readConfig({
  DATABASE_URL: 'postgresql://localhost/none',
  REDIS_URL: 'redis://localhost:1',
  APP_SECRET: 'only-to-write-the-document-nothing-is-signed',
  LOG_LEVEL: 'silent',
});
const logger = new Logger(config);
const app = await NestFactory.create(AppModule.for(config, logger, false), { preview: true, logger });
const file = join(packageRoot, 'openapi.json');
const toText = (description: Description): string => `${JSON.stringify(description, null, 2)}\n`;
const latest = describeApi(app);
const text = toText(latest);
const [, , option, folder] = process.argv;
if (option === '--each' && folder) {
  for (const { version } of versions)
    writeFileSync(join(folder, `${version}.json`), toText(describeVersion(latest, versions, version)));
  process.exit(0);
}
if (option === '--check') {
  const isCurrent = readFileSync(file, 'utf8') === text;
  if (!isCurrent) process.stderr.write('openapi.json does not match the code: run `npm run openapi` and commit it.\n');
  process.exit(isCurrent ? 0 : 1);
}
writeFileSync(file, text);
process.exit(0);
