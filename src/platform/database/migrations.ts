import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { packageRoot } from '../config/index.js';
import { normalizeEmails } from './normalize-emails.js';

interface Migration {
  /** Name of the file in `migrations/`. */
  file: string;
  /**
   * Determines the order. TypeORM expects milliseconds, but this is not a time. The last digits are the number of the
   * file.
   */
  writtenAt: number;
  transaction?: false;
  /** Work that SQL cannot do. Runs after the file, in the same transaction. */
  step?: (runner: QueryRunner) => Promise<void>;
}

/**
 * Every migration in order. Some numbers (0019, 0023, …) were never used: no file is missing, and no new file may use
 * them. Never change a file's name or its `writtenAt`. Together they are its name in the table `migrations` of every
 * existing database, so a renamed migration would run again.
 */
const MIGRATIONS: Migration[] = [
  { file: '0001-roles.sql', writtenAt: 1_763_760_000_001 },
  { file: '0002-identity.sql', writtenAt: 1_763_760_000_002 },
  { file: '0003-events.sql', writtenAt: 1_763_760_000_003 },
  { file: '0004-knowledge.sql', writtenAt: 1_763_760_000_004 },
  { file: '0005-conversations.sql', writtenAt: 1_763_760_000_005 },
  { file: '0006-notifications.sql', writtenAt: 1_763_760_000_006 },
  { file: '0007-audit.sql', writtenAt: 1_763_780_000_007 },
  { file: '0008-people.sql', writtenAt: 1_763_780_000_008 },
  { file: '0009-signing-keys.sql', writtenAt: 1_763_780_000_009 },
  { file: '0010-api-keys.sql', writtenAt: 1_763_780_000_010 },
  { file: '0011-usage.sql', writtenAt: 1_763_780_000_011 },
  { file: '0012-plans.sql', writtenAt: 1_763_780_000_012 },
  { file: '0013-messages-of-people.sql', writtenAt: 1_763_780_000_013, transaction: false },
  { file: '0014-idempotency.sql', writtenAt: 1_763_780_000_014 },
  { file: '0015-api-versions.sql', writtenAt: 1_763_780_000_015 },
  { file: '0016-request-logs.sql', writtenAt: 1_763_780_000_016 },
  { file: '0017-quotas.sql', writtenAt: 1_763_780_000_017 },
  { file: '0018-indexes-of-references.sql', writtenAt: 1_763_800_000_018, transaction: false },
  { file: '0020-keys-of-sandboxes.sql', writtenAt: 1_763_800_000_020, transaction: false },
  { file: '0021-email-addresses.sql', writtenAt: 1_763_900_000_021, step: normalizeEmails },
  { file: '0022-mail-counts.sql', writtenAt: 1_763_900_000_022 },
  { file: '0024-budgets.sql', writtenAt: 1_763_900_000_024 },
  { file: '0025-key-lineage.sql', writtenAt: 1_763_900_000_025 },
  { file: '0026-index-of-key-lineage.sql', writtenAt: 1_763_900_000_026, transaction: false },
  { file: '0027-sessions.sql', writtenAt: 1_763_900_000_027 },
  { file: '0028-notification-reads.sql', writtenAt: 1_763_900_000_028 },
  { file: '0030-lost-prompts.sql', writtenAt: 1_763_900_000_030 },
  { file: '0031-storage.sql', writtenAt: 1_763_900_000_031 },
  { file: '0034-notified.sql', writtenAt: 1_763_900_000_034 },
  { file: '0035-knowledge-holders.sql', writtenAt: 1_763_900_000_035 },
  { file: '0036-ranking.sql', writtenAt: 1_763_900_000_036 },
  { file: '0037-oauth-applications.sql', writtenAt: 1_764_500_000_037 },
  { file: '0038-oauth.sql', writtenAt: 1_764_500_000_038 },
  { file: '0039-oauth-registration.sql', writtenAt: 1_764_500_000_039 },
  { file: '0040-app-approvals.sql', writtenAt: 1_764_500_000_040 },
  { file: '0041-oauth-revoked-tokens.sql', writtenAt: 1_764_500_000_041 },
  { file: '0042-task-plans.sql', writtenAt: 1_764_500_000_042 },
  { file: '0043-tasks.sql', writtenAt: 1_764_500_000_043 },
  { file: '0044-data-sources.sql', writtenAt: 1_764_500_000_044 },
  { file: '0045-task-files.sql', writtenAt: 1_764_500_000_045 },
  { file: '0046-data-source-connections.sql', writtenAt: 1_764_500_000_046 },
];

/** In a file that runs without a transaction, an empty line separates the statements. */
const BETWEEN_STATEMENTS = /(?<=;)\n\n/;

/** Migrations are plain SQL and only go forward. TypeORM records which of them have run. */
export const migrations = MIGRATIONS.map(({ file, writtenAt, transaction, step }) => {
  const name = `${file.replace('.sql', '')}-${writtenAt}`;
  return class implements MigrationInterface {
    readonly name = name;
    readonly transaction = transaction ?? true;

    async up(runner: QueryRunner): Promise<void> {
      const text = readFileSync(join(packageRoot, 'migrations', file), 'utf8');
      // PostgreSQL runs several statements in one message as a transaction. Without a transaction they are sent one by
      // one.
      for (const sql of this.transaction ? [text] : text.split(BETWEEN_STATEMENTS)) await runner.query(sql);
      await step?.(runner);
    }

    down(): Promise<void> {
      throw new Error('Migrations are forward only');
    }
  };
});
