import type { Command } from 'commander';
import { callPublic, Client, kept, type Tokens } from './client.js';
import { leaf, printing, withServer, type ServerOptions } from './command.js';
import type { Context } from './context.js';
import { exitCodes, nothingFound, toFailure, unreachable, usage } from './failure.js';
import { details } from './output.js';
import type { Profile } from './profiles.js';
import { chooseTarget, givenUrl, STANDARD_URL } from './target.js';

interface LoginOptions {
  url?: string;
  profile?: string;
  email?: string;
  apiKey?: boolean;
}

interface User {
  id: string;
  email: string;
  name: string | null;
  organization_id: string;
  subscription_plan: string;
}

const STANDARD_PROFILE = 'default';
/** Enough to tell keys apart: `parl_live_sk_4fGh`. */
const HINT = /^[^_]+_[^_]+_[^_]+_.{4}/;

export function addLogin(program: Command, context: Context): void {
  leaf(program, 'login', 'sign in to a server, and keep that as a profile', [
    'login --url https://api.example.com',
    'login --url https://api.example.com --email ada@example.com < password-file',
    'login --url https://api.example.com --profile gateway --api-key < key-file',
  ])
    .option('--url <url>', `the server; PARLANCE_URL or ${STANDARD_URL} if left out`)
    .option('--profile <name>', `name of the profile; PARLANCE_PROFILE or ${STANDARD_PROFILE} if left out`)
    .option('--email <address>', 'who; asked for if left out')
    .option('--api-key', 'keep an API key instead, which is asked for or read from standard input')
    .action(
      printing(context, async (options: LoginOptions) => {
        const url = givenUrl(options, context.settings) ?? STANDARD_URL;
        const name = options.profile ?? context.settings.PARLANCE_PROFILE ?? STANDARD_PROFILE;
        const profile = options.apiKey ? await keyProfile(context, url) : await signIn(context, url, options);
        context.profiles.save(name, profile);
        const who = profile.kind === 'session' ? profile.email : hintOf(profile.api_key);
        return { json: { profile: name, ...shown(profile) }, text: `Signed in to ${url} as ${who} (profile ${name}).` };
      }),
    );

  withServer(
    leaf(program, 'logout', 'end the session of a profile, and forget it', ['logout', 'logout --profile work']),
  ).action(
    printing(context, async (options: ServerOptions) => {
      const target = chooseTarget(options, { ...context.settings, PARLANCE_API_KEY: undefined }, context.profiles);
      if (target.credential.kind === 'api_key') throw nothingFound('There is no profile to forget.');
      const { name } = target.credential;
      const isSession = context.profiles.get(name).kind === 'session';
      try {
        if (isSession) await new Client(target, context.profiles, context.userAgent).call('POST', '/auth/logout');
      } catch (error) {
        // A session that has ended needs no end.
        if (toFailure(error).exitCode !== exitCodes.denied) {
          throw unreachable(`The profile ${name} is forgotten, but ${target.url} could not end its session.`, error);
        }
      } finally {
        context.profiles.remove(name);
      }
      return { json: { profile: name, signed_out: true }, text: `Signed out (profile ${name}).` };
    }),
  );

  withServer(leaf(program, 'whoami', 'which server, and as whom', ['whoami', 'whoami --profile work --json'])).action(
    printing(context, async (options: ServerOptions) => {
      const { url, credential } = chooseTarget(options, context.settings, context.profiles);
      const client = context.client(options);
      const profile = credential.kind === 'profile' ? context.profiles.get(credential.name) : undefined;
      const name = credential.kind === 'profile' ? credential.name : null;
      const key = credential.kind === 'api_key' ? credential.key : profile?.kind === 'api_key' ? profile.api_key : null;
      if (key) {
        await checkKey(client);
        const hint = hintOf(key);
        return { json: { url, profile: name, api_key: hint }, text: details({ url, profile: name, 'API key': hint }) };
      }
      const user = await client.call<User>('GET', '/auth/me');
      const { email, organization_id: organization, subscription_plan: plan } = user;
      return { json: { url, profile: name, user }, text: details({ url, profile: name, email, organization, plan }) };
    }),
  );
}

async function signIn(context: Context, url: string, options: LoginOptions): Promise<Profile> {
  const { terminal, userAgent } = context;
  if (!options.email && !terminal.isInteractive) throw usage('Name --email: standard input is read for the password.');
  const email = options.email ?? (await terminal.ask('Email: '));
  const password = await terminal.ask('Password: ', { hidden: true });
  const tokens = await callPublic<Tokens>(url, '/auth/login', { body: { email, password }, userAgent });
  return { kind: 'session', url, email, ...kept(tokens) };
}

async function keyProfile(context: Context, url: string): Promise<Profile> {
  const key = (await context.terminal.ask('API key: ', { hidden: true })).trim();
  if (!/^[\x21-\x7e]+$/.test(key)) throw usage('That is no API key.');
  await checkKey(new Client({ url, credential: { kind: 'api_key', key } }, context.profiles, context.userAgent));
  return { kind: 'api_key', url, api_key: key };
}

/** A key that is good is not asked who it is: only people are. */
async function checkKey(client: Client): Promise<void> {
  try {
    await client.call('GET', '/auth/me');
  } catch (error) {
    if (toFailure(error).code !== 'FORBIDDEN') throw error;
  }
}

const hintOf = (key: string): string => `${HINT.exec(key)?.[0] ?? ''}…`;

const shown = (profile: Profile): object =>
  profile.kind === 'session'
    ? { url: profile.url, email: profile.email }
    : { url: profile.url, api_key: hintOf(profile.api_key) };
