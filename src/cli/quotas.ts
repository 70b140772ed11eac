import type { Command } from 'commander';
import type { QuotasDto } from '../metering/quotas/index.js';
import { leaf, printing, withServer, type ServerOptions } from './command.js';
import type { Context } from './context.js';
import { moment, table } from './output.js';

export function addQuotas(program: Command, context: Context): void {
  withServer(
    leaf(program, 'quotas', 'show the quotas of the month and the storage, used and remaining', [
      'quotas',
      'quotas --json',
    ]),
  ).action(
    printing(context, async (server: ServerOptions) => {
      const quotas = await context.client(server).call<QuotasDto>('GET', '/api/v1/quotas');
      const rows = quotas.data.map(({ quota, limit, used, reserved, remaining, resets_at: resets }) => [
        quota,
        counted(used),
        counted(reserved),
        counted(remaining),
        counted(limit),
        moment(resets),
      ]);
      const head = `Plan ${quotas.plan}, month ${quotas.month}`;
      return {
        json: quotas,
        text: `${head}\n\n${table(['QUOTA', 'USED', 'RESERVED', 'REMAINING', 'LIMIT', 'RESETS AT'], rows)}`,
      };
    }),
  );
}

const counted = (value: number | null): string => value?.toLocaleString('en') ?? 'unlimited';
