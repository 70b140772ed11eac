import type { Command } from 'commander';
import { callPublic, Client, kept, type Tokens } from './client.js';
import { leaf, printing, withServer, type ServerOptions } from './command.js';
import type { Context } from './context.js';
import { exitCodes, nothingFound, toFailure, unreachable, usage } from './failure.js';
import { hintOf, type Profile } from './profiles.js';
import { chooseTarget, givenUrl, STANDARD_URL } from './target.js';

interface LoginOptions {
  url?: string;
  profile?: string;
  email?: string;
  apiKey?: boolean;
}

const STANDARD_PROFILE = 'default';

export function addLogin(program: Command, context: Context): void {
  leaf(program, 'login', 'sign in to a server and save the session as a profile', [
    'login --url https://api.example.com',
    'login --url https://api.example.com --email ada@example.com < password-file',
    'login --url https://api.example.com --profile gateway --api-key < key-file',
  ])
    .option('--url <url>', `the server; default: PARLANCE_URL or ${STANDARD_URL}`)
    .option('--profile <name>', `name of the profile; default: PARLANCE_PROFILE or ${STANDARD_PROFILE}`)
    .option('--email <address>', 'email address of the account; default: ask for it')
    .option('--api-key', 'save an API key instead: ask for it, or read it from standard input')
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
    leaf(program, 'logout', 'end the session of a profile and delete the profile', ['logout', 'logout --profile work']),
  ).action(
    printing(context, async (options: ServerOptions) => {
      const target = chooseTarget(options, { ...context.settings, PARLANCE_API_KEY: undefined }, context.profiles);
      if (target.credential.kind === 'api_key') throw nothingFound('No profile to sign out of.');
      const { name } = target.credential;
      const isSession = context.profiles.get(name).kind === 'session';
      try {
        if (isSession) await new Client(target, context.profiles, context.userAgent).call('POST', '/auth/logout');
      } catch (error) {
        // An expired session need not be ended.
        if (toFailure(error).exitCode !== exitCodes.denied) {
          throw unreachable(`The profile ${name} is deleted, but ${target.url} could not end its session.`, error);
        }
      } finally {
        context.profiles.remove(name);
      }
      return { json: { profile: name, signed_out: true }, text: `Signed out (profile ${name}).` };
    }),
  );
}

async function signIn(context: Context, url: string, options: LoginOptions): Promise<Profile> {
  const { terminal, userAgent } = context;
  if (!options.email && !terminal.isInteractive)
    throw usage('--email is required: standard input supplies the password.');
  const email = options.email ?? (await terminal.ask('Email: '));
  const password = await terminal.ask('Password: ', { hidden: true });
  const tokens = await callPublic<Tokens>(url, '/auth/login', { body: { email, password }, userAgent });
  return { kind: 'session', url, email, ...kept(tokens) };
}

async function keyProfile(context: Context, url: string): Promise<Profile> {
  const key = (await context.terminal.ask('API key: ', { hidden: true })).trim();
  if (!/^[\x21-\x7e]+$/.test(key)) throw usage('An API key consists of visible ASCII characters.');
  // The server rejects an invalid key.
  const client = new Client({ url, credential: { kind: 'api_key', key } }, context.profiles, context.userAgent);
  await client.call('GET', '/api/v1/whoami');
  return { kind: 'api_key', url, api_key: key };
}

const shown = (profile: Profile): object =>
  profile.kind === 'session'
    ? { url: profile.url, email: profile.email }
    : { url: profile.url, api_key: hintOf(profile.api_key) };
