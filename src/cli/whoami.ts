import type { Command } from 'commander';
import type { CallerDto } from '../metering/whoami/index.js';
import type { UserDto } from '../identity/users/index.js';
import type { Client } from './client.js';
import { leaf, printing, withServer, type ServerOptions } from './command.js';
import type { Context } from './context.js';
import { details } from './output.js';
import { hintOf } from './profiles.js';
import { chooseTarget, type Target } from './target.js';

/** Limits of the API, with their names for people. */
const LIMITS: [keyof CallerDto['limits'], string][] = [
  ['requests_per_minute', 'requests/minute'],
  ['requests_in_flight', 'concurrent requests'],
  ['requests_per_day', 'requests/day'],
  ['tokens_per_month', 'tokens/month'],
  ['messages_per_month', 'messages/month'],
  ['background_tasks_per_month', 'tasks/month'],
  ['storage_mb', 'storage (MB)'],
];

export function addWhoami(program: Command, context: Context): void {
  withServer(
    leaf(program, 'whoami', 'show the server, the credential, its organization, scopes, plan and limits', [
      'whoami',
      'whoami --profile work --json',
    ]),
  ).action(
    printing(context, async (options: ServerOptions) => {
      const target = chooseTarget(options, context.settings, context.profiles);
      const client = context.client(options);
      const caller = await client.call<CallerDto>('GET', '/api/v1/whoami');
      const shown = {
        url: target.url,
        profile: profileOf(target),
        ...(await credential(client, target, context, caller)),
      };
      const { organization, environment, scopes, plan } = caller;
      return {
        json: { ...shown, ...caller },
        text: details({
          url: shown.url,
          profile: shown.profile,
          ...('email' in shown ? { email: shown.email } : { 'API key': shown.api_key }),
          organization: organization.name,
          environment,
          scopes: scopes.join(', '),
          plan,
          ...limitsOf(caller),
        }),
      };
    }),
  );
}

const profileOf = ({ credential }: Target): string | null => (credential.kind === 'profile' ? credential.name : null);

/** The email address of a person, or the part of a key that may be shown. */
async function credential(
  client: Client,
  { credential: used }: Target,
  { profiles }: Context,
  caller: CallerDto,
): Promise<{ email: string } | { api_key: string }> {
  if (caller.kind === 'session') return { email: (await client.call<UserDto>('GET', '/auth/me')).email };
  const profile = used.kind === 'profile' ? profiles.get(used.name) : undefined;
  return { api_key: hintOf(used.kind === 'api_key' ? used.key : profile?.kind === 'api_key' ? profile.api_key : '') };
}

function limitsOf({ kind, limits, rate_limit: ofKey }: CallerDto): Record<string, string | number> {
  if (kind === 'internal') return { limits: 'none' };
  const rows = LIMITS.map(([field, label]) => [label, limits[field]?.toLocaleString('en') ?? 'unlimited'] as const);
  return { ...(ofKey !== null && { 'requests/minute of this key': ofKey }), ...Object.fromEntries<string>(rows) };
}
