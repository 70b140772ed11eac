import { userInfo } from 'node:os';
import { startApp, type TestApp } from './app.js';
import { CommandLine, type Ended } from './command-line.js';
import { testEnvironment } from './variables.mjs';
import { register, type Account } from './fixtures.js';

/** A server with one organization, "Engines", and the command line of its operator. */
export interface OperatedServer {
  app: TestApp;
  parlance: CommandLine;
  account: Account;
  run(...args: string[]): Promise<Ended>;
  /** Actor and target of that action in the audit log. */
  recorded(action: string, targetId: string): Promise<unknown[]>;
  close(): Promise<void>;
}

/** The name of the user who runs the tests in the audit log. */
export const operator = { actor_kind: 'operator', actor_id: userInfo().username };

export async function startOperatedServer(): Promise<OperatedServer> {
  const { REDIS_KEY_PREFIX } = testEnvironment();
  const app = await startApp({ REDIS_KEY_PREFIX: REDIS_KEY_PREFIX as string });
  const parlance = new CommandLine(testEnvironment({ DATABASE_URL: app.database.url, REDIS_KEY_PREFIX }));
  return {
    app,
    parlance,
    account: await register(app.client, { organization_name: 'Engines' }),
    run: (...args) => parlance.run(args),
    recorded: (action, targetId) =>
      app.database.query('SELECT actor_kind, actor_id FROM audit_log WHERE action = $1 AND target_id = $2', [
        action,
        targetId,
      ]),
    close: async () => {
      parlance.remove();
      await app.close();
    },
  };
}
