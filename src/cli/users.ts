import type { Command } from 'commander';
import type { AdminUserDto } from '../identity/admin/index.js';
import { group, leaf, printing, withPage, type PageOptions } from './command.js';
import type { Context } from './context.js';
import { details, listed, moment, type Answer } from './output.js';

/** What changes one property of an account. */
const CHANGES = [
  ['promote', 'make a person a superuser, who may use /api/v1/admin', { is_superuser: true }],
  ['demote', 'make a superuser an ordinary person', { is_superuser: false }],
  ['deactivate', 'close an account and end its sessions', { is_active: false }],
  ['reactivate', 'open an account again', { is_active: true }],
] as const;

export function addUsers(program: Command, context: Context): void {
  const users = group(program, 'users', 'accounts of people, in the database');

  withPage(leaf(users, 'list', 'list accounts, newest first', ['users list', 'users list --email ada@ --json']))
    .option('--email <beginning>', 'only those whose address begins like this')
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

  leaf(users, 'show <user>', 'show an account, given by email address or id', [
    'users show ada@example.com',
    'users show ada@example.com --json',
  ]).action(
    printing(context, (user: string) => context.operate(async (operator) => shown(await operator.users.get(user)))),
  );

  for (const [name, summary, change] of CHANGES) {
    leaf(users, `${name} <user>`, summary, [`users ${name} ada@example.com`]).action(
      printing(context, (user: string) =>
        context.operate(async (operator) => shown(await operator.users.update(user, change))),
      ),
    );
  }

  leaf(users, 'end-sessions <user>', 'sign a person out everywhere', ['users end-sessions ada@example.com']).action(
    printing(context, (user: string) =>
      context.operate(async (operator) => {
        const { id, email } = await operator.users.endSessions(user);
        return { json: { id, sessions_ended: true }, text: `All sessions of ${email} have ended.` };
      }),
    ),
  );
}

function shown(user: AdminUserDto): Answer {
  const { id, email, name, is_active: active, is_verified: verified, is_superuser: superuser } = user;
  return {
    json: user,
    text: details({ id, email, name, active, verified, superuser, created: moment(user.created_at) }),
  };
}
