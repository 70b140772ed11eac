import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Failure, nothingFound } from './failure.js';

/** A server, and a credential for it. */
export type Profile = { url: string } & (
  | { kind: 'api_key'; api_key: string }
  | {
      kind: 'session';
      email: string;
      access_token: string;
      refresh_token: string;
      /** When the access token expires, in ms since 1970. */
      expires_at: number;
    }
);

export type SessionProfile = Extract<Profile, { kind: 'session' }>;

/** Matches the part that identifies a key: `parl_live_sk_4fGh`. */
const HINT = /^[^_]+_[^_]+_[^_]+_.{4}/;

/** The part of an API key that may be shown. */
export const hintOf = (key: string): string => `${HINT.exec(key)?.[0] ?? ''}…`;

interface Content {
  /** The default profile: the one signed in to last. */
  current: string | null;
  profiles: Record<string, Profile>;
}

/** The profiles of `parlance login`, in a file that only its owner can read. */
export class Profiles {
  constructor(readonly file: string) {}

  /** The profile of that name, or the current one. */
  find(name?: string): { name: string; profile: Profile } | undefined {
    const { current, profiles } = this.read();
    const wanted = name ?? current;
    const profile = wanted === null ? undefined : profiles[wanted];
    return wanted && profile ? { name: wanted, profile } : undefined;
  }

  get(name: string): Profile {
    const found = this.find(name);
    if (!found)
      throw nothingFound(`Profile "${name}" does not exist. Create it with parlance login --profile ${name}.`);
    return found.profile;
  }

  /** The profile for that server; the current one takes precedence. */
  findByUrl(url: string): { name: string; profile: Profile } | undefined {
    const current = this.find();
    if (current?.profile.url === url) return current;
    const [name, profile] = Object.entries(this.read().profiles).find(([, { url: other }]) => other === url) ?? [];
    return name && profile ? { name, profile } : undefined;
  }

  /** Stores a profile and makes it the current one. */
  save(name: string, profile: Profile): void {
    this.change((content) => {
      content.profiles[name] = profile;
      content.current = name;
    });
  }

  /** Stores refreshed tokens, unless the profile has been removed. */
  update(name: string, profile: Profile): void {
    this.change(({ profiles }) => {
      if (profiles[name]) profiles[name] = profile;
    });
  }

  remove(name: string): void {
    this.change((content) => {
      delete content.profiles[name];
      if (content.current === name) content.current = Object.keys(content.profiles)[0] ?? null;
    });
  }

  private change(change: (content: Content) => void): void {
    const content = this.read();
    change(content);
    // Written completely before it is renamed: a concurrent reader finds either the old file or the new one.
    const draft = `${this.file}.${randomBytes(6).toString('hex')}`;
    mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
    writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    chmodSync(draft, 0o600);
    renameSync(draft, this.file);
  }

  private read(): Content {
    try {
      return JSON.parse(readFileSync(this.file, 'utf8')) as Content;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { current: null, profiles: {} };
      // The message of JSON.parse would repeat a part of the file.
      throw new Failure('BAD_PROFILES', `${this.file} is not valid JSON. Repair or remove it.`);
    }
  }
}
