import type { CommandLineSettings } from '../platform/config/index.js';
import type { ServerOptions } from './command.js';
import { denied, usage } from './failure.js';
import type { Profile, Profiles } from './profiles.js';

export const STANDARD_URL = 'http://127.0.0.1:3000';

/** A server, and the credential for it. */
export interface Target {
  url: string;
  credential: { kind: 'api_key'; key: string } | { kind: 'profile'; name: string };
}

/**
 * The server that a command calls, and the credential. The most explicit setting takes precedence. A credential is never sent
 * to a server other than its own.
 */
export function chooseTarget(options: ServerOptions, settings: CommandLineSettings, profiles: Profiles): Target {
  const { PARLANCE_API_KEY: key, PARLANCE_PROFILE: named } = settings;
  if (options.profile) return ofProfile(options.profile, profiles.get(options.profile));
  const url = givenUrl(options, settings);
  if (key) return { url: url ?? STANDARD_URL, credential: { kind: 'api_key', key } };
  if (named && !options.url) return ofProfile(named, profiles.get(named));
  const found = url ? profiles.findByUrl(url) : profiles.find();
  if (found) return ofProfile(found.name, found.profile);
  throw denied(`No credential for ${url ?? 'any server'}. Sign in with parlance login, or set PARLANCE_API_KEY.`);
}

/** Returns true if a setting names a server: then a command that could use either does not use the database. */
export const namesServer = (options: ServerOptions, settings: CommandLineSettings, profiles: Profiles): boolean =>
  Boolean(
    options.url ??
    options.profile ??
    settings.PARLANCE_URL ??
    settings.PARLANCE_API_KEY ??
    settings.PARLANCE_PROFILE ??
    profiles.find(),
  );

export function givenUrl({ url }: ServerOptions, { PARLANCE_URL }: CommandLineSettings): string | undefined {
  const given = url ?? PARLANCE_URL;
  if (given === undefined) return undefined;
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol))
    throw usage('--url must be an http(s) address.');
  return given.replace(/\/+$/, '');
}

const ofProfile = (name: string, { url }: Profile): Target => ({ url, credential: { kind: 'profile', name } });
