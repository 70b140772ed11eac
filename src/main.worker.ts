import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { ConfigurationError, readConfig } from './platform/config/index.js';
import { UnfitDatabaseError } from './platform/database/index.js';
import { Logger } from './platform/telemetry/index.js';

/** The worker process: background work, no HTTP. */
try {
  const config = readConfig();
  const logger = new Logger(config);
  const app = await NestFactory.createApplicationContext(AppModule.for(config, logger, true), {
    logger,
    abortOnError: false,
  });
  app.enableShutdownHooks([], { useProcessExit: true });
  process.send?.({ type: 'ready' });
} catch (error) {
  const isForOperator = error instanceof ConfigurationError || error instanceof UnfitDatabaseError;
  process.stderr.write(`${isForOperator ? error.message : String((error as Error).stack)}\n`);
  process.exit(1);
}
