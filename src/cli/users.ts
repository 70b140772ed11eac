import type { Command } from 'commander';
import type { AdminUserDto } from '../identity/admin/index.js';
import { group, leaf, printing, withPage, type PageOptions } from './command.js';
import type { Context } from './context.js';
import { usage } from './failure.js';
import { details, listed, moment, type Answer } from './output.js';

/** Commands that change one property of an account. */
const CHANGES = [
  ['promote', 'make a user a superuser, who can call /api/v1/admin', { is_superuser: true }],
  ['demote', 'remove superuser rights', { is_superuser: false }],
  ['deactivate', 'deactivate an account and end its sessions', { is_active: false }],
  ['reactivate', 'reactivate an account', { is_active: true }],
] as const;

interface CreateOptions {
  name?: string;
  organization?: string;
  superuser?: boolean;
  passwordStdin?: boolean;
}

export function addUsers(program: Command, context: Context): void {
  const users = group(program, 'users', 'accounts, in the database');

  withPage(leaf(users, 'list', 'list accounts, newest first', ['users list', 'users list --email ada@ --json']))
    .option('--email <beginning>', 'only addresses with this prefix')
    .action(
      printing(context, ({ limit, cursor, email }: PageOptions & { email?: string }) =>
        context.operate(async (operator) =>
          listed(
            await operator.users.list({ limit, ...(cursor && { cursor }), ...(email && { email }) }),
            ['ID', 'EMAIL', 'NAME', 'ACTIVE', 'VERIFIED', 'SUPERUSER', 'CREATED'],
            (user) => [
              user.id,
              user.email,
              user.name,
              user.is_active,
              user.is_verified,
              user.is_superuser,
              moment(user.created_at),
            ],
          ),
        ),
      ),
    );

  leaf(users, 'show <user>', 'show an account, identified by email address or id', [
    'users show ada@example.com',
    'users show ada@example.com --json',
  ]).action(
    printing(context, (user: string) => context.operate(async (operator) => shown(await operator.users.get(user)))),
  );

  leaf(users, 'create <email>', 'create an account with its own organization, as registration does', [
    'users create ada@example.com',
    'users create ada@example.com --name "Ada Lovelace" --organization "Analytical Engines"',
    'users create ops@example.com --superuser --password-stdin < password-file',
  ])
    .option('--name <name>', 'name of the person')
    .option('--organization <name>', 'name of the organization; default: the name of the person')
    .option('--superuser', 'create a superuser, who can call /api/v1/admin')
    .option('--password-stdin', 'read the password from the first line of standard input')
    .action(
      printing(context, async (email: string, options: CreateOptions) => {
        const password = await newPassword(context, options);
        const { name, organization: organization_name, superuser = false } = options;
        const user = await context.operate((operator) =>
          operator.users.create({ email, password, name, organization_name }, superuser),
        );
        return {
          json: user,
          text: details({
            id: user.id,
            email: user.email,
            name: user.name,
            organization: user.organization_id,
            superuser,
            created: moment(user.created_at),
          }),
        };
      }),
    );

  for (const [name, summary, change] of CHANGES) {
    leaf(users, `${name} <user>`, summary, [`users ${name} ada@example.com`]).action(
      printing(context, (user: string) =>
        context.operate(async (operator) => shown(await operator.users.update(user, change))),
      ),
    );
  }

  leaf(users, 'set-email <user> <email>', 'change the email address of an account, to be confirmed by mail', [
    'users set-email 01a20167-8a77-7000-8000-000000000000 ada@example.com',
  ]).action(
    printing(context, (user: string, email: string) =>
      context.operate(async (operator) => shown(await operator.users.setEmail(user, email))),
    ),
  );

  leaf(users, 'end-sessions <user>', 'sign a person out everywhere', ['users end-sessions ada@example.com']).action(
    printing(context, (user: string) =>
      context.operate(async (operator) => {
        const { id, email } = await operator.users.endSessions(user);
        return { json: { id, sessions_ended: true }, text: `Ended all sessions of ${email}.` };
      }),
    ),
  );
}

/** The input is hidden, so it is typed twice. */
async function newPassword({ terminal }: Context, { passwordStdin }: CreateOptions): Promise<string> {
  if (!terminal.isInteractive) {
    if (passwordStdin) return terminal.ask('Password: ', { hidden: true });
    throw usage('Use --password-stdin: there is no terminal to ask for the password.');
  }
  const password = await terminal.ask('Password: ', { hidden: true });
  if ((await terminal.ask('Password again: ', { hidden: true })) !== password) throw usage('The passwords differ.');
  return password;
}

function shown(user: AdminUserDto): Answer {
  const { id, email, email_issue: issue, name, is_active: active, is_verified: verified } = user;
  const { is_superuser: superuser } = user;
  return {
    json: user,
    text: details({
      id,
      email,
      ...(issue && { 'email issue': issue }),
      name,
      active,
      verified,
      superuser,
      created: moment(user.created_at),
    }),
  };
}
