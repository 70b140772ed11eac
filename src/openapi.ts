import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { describeApi } from './openapi/describe-api.js';
import { describeVersion } from './openapi/older-version.js';
import { postmanCollection } from './openapi/postman-collection.js';
import { packageRoot, readConfig } from './platform/config/index.js';
import { Logger } from './platform/telemetry/index.js';
import { versions } from './versions.js';

/**
 * Writes openapi.json and the Postman collection from the built code (`npm run openapi`). With `--check` it reports whether the
 * committed ones match the code; with `--each <folder>` it writes the document of every version to that folder.
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
const toText = (document: object): string => `${JSON.stringify(document, null, 2)}\n`;
const latest = describeApi(app);
const files = Object.entries({
  'openapi.json': toText(latest),
  'examples/parlance.postman_collection.json': toText(postmanCollection(latest)),
}).map(([name, text]) => ({ name, path: join(packageRoot, name), text }));
const [, , option, folder] = process.argv;
if (option === '--each' && folder) {
  for (const { version } of versions)
    writeFileSync(join(folder, `${version}.json`), toText(describeVersion(latest, versions, version)));
  process.exit(0);
}
if (option === '--check') {
  const stale = files.filter(({ path, text }) => readFileSync(path, 'utf8') !== text);
  for (const { name } of stale) {
    process.stderr.write(`${name} does not match the code: run \`npm run openapi\` and commit it.\n`);
  }
  process.exit(stale.length > 0 ? 1 : 0);
}
for (const { path, text } of files) writeFileSync(path, text);
process.exit(0);
