import type { Command } from 'commander';
import { leaf, printing } from './command.js';
import type { Context } from './context.js';
import { unreachable } from './failure.js';

export function addMigrate(program: Command, context: Context): void {
  leaf(program, 'migrate', 'apply pending migrations', ['migrate', 'migrate --json']).action(
    printing(context, async () => {
      const { isDatabaseUnreachable, migrate } = await import('../platform/database/index.js');
      const config = await context.operatorConfig();
      const count = await migrate(config).catch((error: unknown) => {
        throw isDatabaseUnreachable(error)
          ? unreachable('PostgreSQL cannot be reached. Check DATABASE_URL.', error)
          : error;
      });
      return { json: { applied: count }, text: `${count} migration${count === 1 ? '' : 's'} applied` };
    }),
  );
}
