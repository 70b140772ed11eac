import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { AppModule } from './app.module.js';
import { packageRoot, readConfig } from './platform/config/index.js';
import { documentedModels } from './platform/http/index.js';
import { Logger } from './platform/telemetry/index.js';

/** Writes openapi.json from the built code: `npm run openapi`. Nothing is connected to; the values below are never used. */
const config = readConfig({
  DATABASE_URL: 'postgresql://localhost/none',
  REDIS_URL: 'redis://localhost:1',
  APP_SECRET: 'only-to-write-the-document-nothing-is-signed',
  LOG_LEVEL: 'silent',
});
const logger = new Logger(config);
const app = await NestFactory.create(AppModule.for(config, logger, false), { preview: true, logger });
const description = new DocumentBuilder()
  .setOpenAPIVersion('3.1.0')
  .setTitle('Parlance API')
  .setDescription(
    'Turns a model and a pile of documents into a public API: chat with cited sources, and all it takes to open it to others.',
  )
  .setVersion('1.0.0')
  .setLicense('MIT', 'https://opensource.org/license/mit')
  .addServer('/')
  .addSecurity('api_key', { type: 'http', scheme: 'bearer', description: 'An API key: `parl_live_sk_…`' })
  .addBearerAuth(
    { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The access token of a session' },
    'session',
  )
  .build();
const document = SwaggerModule.createDocument(app, description, {
  extraModels: documentedModels,
  operationIdFactory: (controller, method) => `${controller.replace('Controller', '')}_${method}`,
});
writeFileSync(join(packageRoot, process.argv[2] ?? 'openapi.json'), `${JSON.stringify(document, null, 2)}\n`);
process.exit(0);
