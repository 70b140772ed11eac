import type { Command } from 'commander';
import type { AppApprovalDto } from '../identity/app-approvals/index.js';
import { group, leaf, parseList, printing, withPage, type PageOptions } from './command.js';
import type { Context } from './context.js';
import { details, listed, moment, type Answer } from './output.js';

const EXAMPLE_ID = '01a200c5-bcf0-7000-8000-000000000000';

/** Adds the commands that decide about apps, where an organization requires approval. */
export function addOAuthApprovals(oauth: Command, context: Context): void {
  const approvals = group(oauth, 'approvals', 'applications that members of an organization asked for');

  withPage(
    leaf(approvals, 'list', 'list approvals of an organization, newest first', [
      'oauth approvals list --status pending',
      'oauth approvals list --org Demo --json',
    ]),
  )
    .option('--org <id or name>', 'the organization; required if several exist')
    .option('--status <status>', 'only pending, approved or denied ones')
    .action(
      printing(context, ({ limit, cursor, org, status }: PageOptions & { org?: string; status?: string }) =>
        context.operate(async (operator) =>
          listed(
            await operator.appApprovals.list({ limit, ...(cursor && { cursor }), ...(status && { status }) }, org),
            ['ID', 'NAME', 'CLIENT ID', 'STATUS', 'SCOPES', 'REQUESTED', 'CREATED'],
            (approval) => [
              approval.id,
              approval.client_name,
              approval.client_id,
              approval.status,
              approval.scopes.join(','),
              approval.requested_scopes.join(','),
              moment(approval.created_at),
            ],
          ),
        ),
      ),
    );

  leaf(approvals, 'approve <id>', 'let members use an application', [
    `oauth approvals approve ${EXAMPLE_ID}`,
    `oauth approvals approve ${EXAMPLE_ID} --scopes conversations:read`,
  ])
    .option('--scopes <scopes>', 'only these of the requested scopes, separated by commas', parseList)
    .action(
      printing(context, (id: string, { scopes }: { scopes?: string[] }) =>
        context.operate(async (operator) => shown(await operator.appApprovals.approve(id, scopes))),
      ),
    );

  leaf(approvals, 'deny <id>', 'refuse what members requested', [`oauth approvals deny ${EXAMPLE_ID}`]).action(
    printing(context, (id: string) => context.operate(async (operator) => shown(await operator.appApprovals.deny(id)))),
  );
}

const shown = (approval: AppApprovalDto): Answer => ({
  json: approval,
  text: details({
    id: approval.id,
    name: approval.client_name,
    'client id': approval.client_id,
    status: approval.status,
    scopes: approval.scopes.join(', '),
    ...(approval.requested_scopes.length > 0 && { requested: approval.requested_scopes.join(', ') }),
  }),
});
