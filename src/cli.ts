import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { addAudit } from './cli/audit.js';
import { addChat } from './cli/chat.js';
import { addCompletion } from './cli/completion.js';
import { addConversations } from './cli/conversations.js';
import { Context } from './cli/context.js';
import { addDataSources } from './cli/data-sources.js';
import { toFailure } from './cli/failure.js';
import { addHelp } from './cli/help.js';
import { addKeys } from './cli/keys.js';
import { addKnowledge } from './cli/knowledge.js';
import { addLogin } from './cli/login.js';
import { addLogs } from './cli/logs.js';
import { addMigrate } from './cli/migrate.js';
import { addOAuth } from './cli/oauth.js';
import { addOpenapi } from './cli/openapi.js';
import { addOrganizations } from './cli/organizations.js';
import { addQuotas } from './cli/quotas.js';
import { addSigningKeys } from './cli/signing-keys.js';
import { addTasks } from './cli/tasks.js';
import { addUsers } from './cli/users.js';
import { addWhoami } from './cli/whoami.js';
import { packageRoot, readCommandLineSettings } from './platform/config/index.js';

interface Surroundings {
  /** Settings of the server that runs in this checkout, if there is one. */
  findLocalSettings: () => Promise<Record<string, string>>;
}

/** The command line: `parlance`. */
export async function main(args: string[], { findLocalSettings }: Surroundings): Promise<void> {
  const isJson = args.includes('--json');
  try {
    const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
    const context = new Context(readCommandLineSettings(), version, findLocalSettings);
    context.terminal.endWithUser();
    await createProgram(context, isJson).parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = report(error, isJson);
  }
  // After all output is written; open connections do not keep the process alive.
  process.stdout.write('', () => process.exit());
}

/** The tree of all commands. */
export function createProgram(context: Context, isJson: boolean): Command {
  const command = new Command('parlance')
    .description('Runs and uses a Parlance server.')
    .version(context.version)
    .showSuggestionAfterError()
    // Otherwise `knowledge show --version 1` would print the version of the program.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: (text, write) => (isJson ? undefined : write(text)) })
    .addHelpText('after', HELP);
  for (const add of [addChat, addKnowledge, addConversations, addDataSources, addTasks, addQuotas, addLogs])
    add(command, context);
  for (const add of [addLogin, addWhoami, addKeys]) add(command, context);
  for (const add of [addUsers, addOrganizations, addOAuth, addSigningKeys, addAudit]) add(command, context);
  for (const add of [addMigrate, addOpenapi, addCompletion, addHelp]) add(command, context);
  return command;
}

/** Reports an error unless it is already reported; returns the exit code. */
function report(error: unknown, isJson: boolean): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const { code, message, details, requestId, exitCode } = toFailure(error);
  if (isJson) {
    const document = { code, message, ...(details && { details }), ...(requestId && { request_id: requestId }) };
    process.stderr.write(`${JSON.stringify({ error: document }, null, 2)}\n`);
  } else if (!(error instanceof CommanderError)) {
    process.stderr.write(`${message}${requestId ? `\n(request ${requestId})` : ''}\n`);
  }
  return exitCode;
}

const HELP = `
Operators: users, orgs, oauth, signing-keys, audit and migrate work on the database of DATABASE_URL, REDIS_URL and
APP_SECRET; without DATABASE_URL, on the database of the server that npm start runs in this checkout.
Consumers: chat, knowledge, conversations, data-sources, tasks, quotas, logs and whoami call a server: PARLANCE_URL
with PARLANCE_API_KEY, or a profile created by parlance login.
keys calls a server if one is named, else it works on the database; --database forces the database.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 not signed in or not allowed, 5 server or database not
reachable, 6 audit log damaged, 130 interrupted.

Examples:
  $ parlance keys create --name "WhatsApp Gateway" --env live
  $ parlance login --url https://api.example.com
  $ parlance knowledge add docs/*.md --wait
  $ parlance chat "Within how many days can goods be returned?"
  $ parlance logs tail --status 5xx
  $ parlance help keys rotate`;
