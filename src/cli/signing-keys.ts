import type { Command } from 'commander';
import { group, leaf, parseDuration, printing } from './command.js';
import type { Context } from './context.js';
import { moment, table } from './output.js';

export function addSigningKeys(program: Command, context: Context): void {
  const signingKeys = group(program, 'signing-keys', 'the keys that access tokens are signed with, in the database');

  leaf(signingKeys, 'list', 'list the keys that verify; the first one signs', [
    'signing-keys list',
    'signing-keys list --json',
  ]).action(
    printing(context, () =>
      context.operate(async (operator) => {
        const keys = await operator.signingKeys.list();
        const rows = keys.map((key) => [
          key.kid,
          key.algorithm,
          key.signing,
          moment(key.created_at),
          moment(key.expires_at),
        ]);
        return { json: { data: keys }, text: table(['KEY', 'ALGORITHM', 'SIGNS', 'CREATED', 'VERIFIES UNTIL'], rows) };
      }),
    ),
  );

  leaf(signingKeys, 'rotate', 'sign with a new key from now on; those of before verify for a while', [
    'signing-keys rotate',
    'signing-keys rotate --overlap 1d',
    'signing-keys rotate --overlap 0s --end-tokens    (a key was stolen)',
  ])
    .option('--overlap <time>', 'how long those of before go on to verify: 1h or more', parseDuration)
    .option('--end-tokens', 'allow less than 1h: access tokens end with the key that signed them')
    .option('--new-secret', 'APP_SECRET was changed for good: the keys of before cannot be opened any more')
    .action(
      printing(context, (options: { overlap?: number; endTokens?: boolean; newSecret?: boolean }) =>
        context.operate(async (operator) => {
          const kid = await operator.signingKeys.rotate(options.overlap, options.endTokens ?? false);
          return { json: { kid }, text: `Signing with ${kid} from now on.` };
        }, options.newSecret),
      ),
    );
}
