import type { Command } from 'commander';
import type { ChainReport } from '../identity/audit/index.js';
import { group, leaf, printing } from './command.js';
import type { Context } from './context.js';
import { exitCodes } from './failure.js';
import { printable, type Answer } from './output.js';

export function addAudit(program: Command, context: Context): void {
  const audit = group(program, 'audit', 'the audit log, in the database');
  leaf(audit, 'verify', 'check that no entry was altered, removed, inserted or cut off; exits with 6 if one was', [
    'audit verify',
    'audit verify --org Demo',
    'audit verify --json > report.json || mail -s "Audit log" ops@example.com < report.json',
  ])
    .option('--org <id or name>', 'only the chain of this organization; default: all')
    .action(
      printing(context, ({ org }: { org?: string }) =>
        context.operate(async (operator) => {
          const reports: ChainReport[] = [];
          const progress = (organizationId: string | null, entries: number): void =>
            context.terminal.progress(`${nameOf(organizationId)}: ${entries} entries read`);
          for await (const report of operator.audit.verify(org, progress)) reports.push(report);
          context.terminal.progress('');
          return answer(reports);
        }),
      ),
    );
}

function answer(reports: ChainReport[]): Answer {
  const broken = reports.filter(({ ok }) => !ok);
  const entries = reports.reduce((sum, report) => sum + report.entries, 0);
  const lines = broken.flatMap(({ organization_id: id, findings, finding_count: count }) => [
    `${nameOf(id)}: ${count} finding${count === 1 ? '' : 's'}`,
    ...findings.map(({ sequence, problem, detail }) => `  entry ${sequence}: ${problem}: ${printable(detail)}`),
  ]);
  const tally = `${entries} entries in ${reports.length} chain${reports.length === 1 ? '' : 's'}`;
  return {
    json: { ok: broken.length === 0, entries, chains: reports },
    text: [...lines, broken.length === 0 ? `Intact: ${tally}.` : `DAMAGED: ${broken.length} of ${tally}.`].join('\n'),
    exitCode: broken.length === 0 ? exitCodes.ok : exitCodes.chainBroken,
  };
}

const nameOf = (organizationId: string | null): string =>
  organizationId === null ? 'Server' : `Organization ${organizationId}`;
