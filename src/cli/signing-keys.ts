import type { Command } from 'commander';
import { group, leaf, parseDuration, printing } from './command.js';
import type { Context } from './context.js';
import { moment, table } from './output.js';

export function addSigningKeys(program: Command, context: Context): void {
  const signingKeys = group(program, 'signing-keys', 'the keys that access tokens are signed with, in the database');

  leaf(signingKeys, 'list', 'list the keys that verify access tokens; the first one signs them', [
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

  leaf(signingKeys, 'rotate', 'sign with a new key; earlier keys keep verifying for a while', [
    'signing-keys rotate',
    'signing-keys rotate --overlap 1d',
    'signing-keys rotate --overlap 0s --end-tokens    (after a key was stolen)',
  ])
    .option('--overlap <time>', 'how long earlier keys keep verifying, 1h or more', parseDuration)
    .option('--end-tokens', 'allow less than 1h: access tokens expire with the key that signed them')
    .option('--new-secret', 'APP_SECRET has changed for good: earlier keys can no longer be decrypted')
    .action(
      printing(context, (options: { overlap?: number; endTokens?: boolean; newSecret?: boolean }) =>
        context.operate(async (operator) => {
          const kid = await operator.signingKeys.rotate(options.overlap, options.endTokens ?? false);
          return { json: { kid }, text: `New signing key: ${kid}.` };
        }, options.newSecret),
      ),
    );
}
