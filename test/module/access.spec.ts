import { Controller, Get, Module, Post } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../src/app.module.js';
import { RequireScopes, RequireSession } from '../../src/identity/permissions/index.js';
import { Public } from '../../src/platform/http/index.js';
import { Idempotent } from '../../src/platform/idempotency/index.js';
import { Logger } from '../../src/platform/telemetry/index.js';
import { createDatabase } from '../harness/database.mjs';
import { testConfig } from '../harness/environment.js';

@Controller('forgotten')
class ForgottenController {
  @Get()
  @RequireScopes('knowledge:read')
  declared(): void {}

  @Get('open')
  open(): void {}

  @Post('too')
  @Idempotent()
  openToo(): void {}

  notARoute(): void {}
}

@Controller('declared')
@RequireSession()
class DeclaredController {
  @Get()
  byItsClass(): void {}

  @Get('public')
  @Public()
  byItself(): void {}
}

@Module({ controllers: [ForgottenController, DeclaredController] })
class ForgetfulModule {}

@Module({ controllers: [DeclaredController] })
class CarefulModule {}

/** Boots the application with an additional module, and stops it again. */
async function boot(further: object): Promise<void> {
  const database = await createDatabase();
  const config = testConfig({ DATABASE_URL: database.url });
  const logger = new Logger(config);
  const { imports = [], ...application } = AppModule.for(config, logger, false);
  const module = { ...application, imports: [...imports, further as never] };
  const app = await NestFactory.create(module, { logger, abortOnError: false });
  try {
    await app.init();
  } finally {
    await app.close();
    await database.drop();
  }
}

describe('a route that does not declare who may call it', () => {
  it('prevents the boot with its name, and the names of all others like it', async () => {
    await expect(boot(ForgetfulModule)).rejects.toThrow(/: ForgottenController\.open, ForgottenController\.openToo$/);
  });

  it('is not one whose class declares it', async () => {
    await expect(boot(CarefulModule)).resolves.toBeUndefined();
  });
});
