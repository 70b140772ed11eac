import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { ApiKeysService } from './identity/api-keys/index.js';
import { OrganizationsRepository } from './identity/organizations/index.js';
import { UsersRepository } from './identity/users/index.js';
import { readConfig, type Config } from './platform/config/index.js';
import { Passwords } from './platform/crypto/index.js';
import { Database, migrate } from './platform/database/index.js';
import { allScopes } from './identity/permissions/index.js';
import { Logger } from './platform/telemetry/index.js';

const DEMO_EMAIL = 'demo@example.com';

/**
 * The preparation of `npm start`: migrates, and creates a demo organization the first time. Prints JSON lines: its progress, and
 * finally the demo key, which appears nowhere else. `--new-key` creates another key.
 */
try {
  const config = readConfig();
  const tell = (doing: string): boolean => process.stdout.write(`${JSON.stringify({ doing })}\n`);
  const migrations = await migrate(config, (number, total) => tell(`migration ${number} of ${total}`));
  tell('demo organization');
  process.stdout.write(`${JSON.stringify({ migrations, api_key: await makeDemoKey(config) })}\n`);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}

async function makeDemoKey(config: Config): Promise<string | null> {
  const logger = new Logger(config);
  const app = await NestFactory.createApplicationContext(AppModule.for(config, logger, false), { logger: false });
  const database = app.get(Database);
  return database.asPlatform(async () => {
    const users = app.get(UsersRepository, { strict: false });
    const organizations = app.get(OrganizationsRepository, { strict: false });
    const known = await users.findByEmail(DEMO_EMAIL);
    if (known && !process.argv.includes('--new-key')) return null;
    // Nobody signs in as the demo user: the password is discarded.
    const passwordHash = await app.get(Passwords).hash(randomBytes(32).toString('base64url'));
    const user = known ?? (await users.insert({ email: DEMO_EMAIL, name: 'Demo', passwordHash }));
    const organization = known
      ? await organizations.getHomeOf(user.id)
      : await organizations.insert('Demo', user.id, 'enterprise', { kind: 'system', id: null });
    const { key } = await app.get(ApiKeysService, { strict: false }).issue(
      {
        organizationId: organization.id,
        createdBy: user.id,
        name: 'Demo key',
        environment: 'live',
        scopes: allScopes,
        expiresAt: null,
      },
      { kind: 'system', id: null },
    );
    return key;
  });
}
