import type { Command } from 'commander';
import type { AdminOrganizationDto } from '../identity/admin/index.js';
import { group, leaf, printing, withPage, type PageOptions } from './command.js';
import type { Context } from './context.js';
import { details, listed, moment, type Answer } from './output.js';

export function addOrganizations(program: Command, context: Context): void {
  const organizations = group(program, 'orgs', 'organizations, in the database, identified by id or name');

  withPage(
    leaf(organizations, 'list', 'list organizations, newest first', ['orgs list', 'orgs list --plan pro --json']),
  )
    .option('--name <part>', 'only names that contain this')
    .option('--plan <plan>', 'only this plan')
    .action(
      printing(context, (options: PageOptions & { name?: string; plan?: string }) => {
        const { limit, cursor, name, plan } = options;
        return context.operate(async (operator) =>
          listed(
            await operator.organizations.list({
              limit,
              ...(cursor && { cursor }),
              ...(name && { name }),
              ...(plan && { plan }),
            }),
            ['ID', 'NAME', 'PLAN', 'STATUS', 'CREATED'],
            (organization) => [
              organization.id,
              organization.name,
              organization.plan,
              organization.status,
              moment(organization.created_at),
            ],
          ),
        );
      }),
    );

  leaf(organizations, 'show <org>', 'show an organization', ['orgs show Demo', 'orgs show Demo --json']).action(
    printing(context, (reference: string) =>
      context.operate(async (operator) => shown(await operator.organizations.get(reference))),
    ),
  );

  leaf(organizations, 'plan <org> <plan>', 'change the plan of an organization', ['orgs plan Demo pro']).action(
    printing(context, (reference: string, plan: string) =>
      context.operate(async (operator) => shown(await operator.organizations.update(reference, { plan } as never))),
    ),
  );

  for (const [name, summary, suspended] of [
    ['suspend', 'refuse every session and API key of an organization', true],
    ['resume', 'end the suspension of an organization', false],
  ] as const) {
    leaf(organizations, `${name} <org>`, summary, [`orgs ${name} Demo`]).action(
      printing(context, (reference: string) =>
        context.operate(async (operator) => shown(await operator.organizations.update(reference, { suspended }))),
      ),
    );
  }

  withPage(
    leaf(organizations, 'members <org>', 'list the members', ['orgs members Demo', 'orgs members Demo --json']),
  ).action(
    printing(context, (reference: string, { limit, cursor }: PageOptions) =>
      context.operate(async (operator) =>
        listed(
          await operator.organizations.members(reference, { limit, ...(cursor && { cursor }) }),
          ['ID', 'EMAIL', 'NAME', 'ROLE', 'JOINED'],
          (member) => [member.id, member.email, member.name, member.role, moment(member.joined_at)],
        ),
      ),
    ),
  );
}

function shown(organization: AdminOrganizationDto): Answer {
  const { id, name, plan, status, created_at: created, purge_at: purge } = organization;
  return {
    json: organization,
    text: details({
      id,
      name,
      plan,
      status,
      created: moment(created),
      ...(purge && { 'deleted forever at': moment(purge) }),
    }),
  };
}
