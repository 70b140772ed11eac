import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { packageRoot } from '../config/index.js';

/** Every migration in order: its file in `migrations/` and the moment it was written (milliseconds, orders them). */
const MIGRATIONS: { file: string; writtenAt: number; transaction?: false }[] = [
  { file: '0001-roles.sql', writtenAt: 1_763_760_000_001 },
  { file: '0002-identity.sql', writtenAt: 1_763_760_000_002 },
  { file: '0003-events.sql', writtenAt: 1_763_760_000_003 },
  { file: '0004-knowledge.sql', writtenAt: 1_763_760_000_004 },
  { file: '0005-conversations.sql', writtenAt: 1_763_760_000_005 },
  { file: '0006-notifications.sql', writtenAt: 1_763_760_000_006 },
];

/** Migrations are plain SQL, forward only. TypeORM keeps the book of which have run. */
export const migrations = MIGRATIONS.map(({ file, writtenAt, transaction }) => {
  const name = `${file.replace('.sql', '')}-${writtenAt}`;
  return class implements MigrationInterface {
    readonly name = name;
    readonly transaction = transaction ?? true;

    async up(runner: QueryRunner): Promise<void> {
      await runner.query(readFileSync(join(packageRoot, 'migrations', file), 'utf8'));
    }

    down(): Promise<void> {
      throw new Error('Migrations are forward only');
    }
  };
});
