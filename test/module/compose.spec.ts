import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { environmentSchema, packageRoot, readConfig } from '../../src/platform/config/index.js';

interface Compose {
  services: Record<string, { environment: Record<string, string>; ports?: string[] }>;
}

const FILE = join(packageRoot, 'docker-compose.yml');
const { services } = parse(readFileSync(FILE, 'utf8'), { merge: true }) as Compose;
const OURS = ['api', 'worker', 'migrate'];
const names = Object.keys(environmentSchema.shape);
/** Fixed within the container. */
const FIXED = ['HOST', 'PORT'];

/** `${NAME:-default}`, in which a default can contain others: expanded from the inside out, as Compose does. */
function interpolated(value: string, variables: Record<string, string>): string {
  const once = value.replace(
    /\$\{(\w+):-([^${}]*)\}/g,
    (_, name: string, standard: string) => variables[name] || standard,
  );
  return once === value ? value : interpolated(once, variables);
}

const environmentOf = (service: string, variables: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(services[service]?.environment ?? {}).map(([name, value]) => [name, interpolated(value, variables)]),
  );

describe('docker-compose.yml', () => {
  it.each(OURS)('passes every variable of the configuration to %s', (service) => {
    expect(Object.keys(environmentOf(service)).sort()).toEqual([...names].sort());
    const given = Object.fromEntries(names.map((name) => [name, `given-${name}`]));
    const passed = environmentOf(service, given);
    for (const name of names) expect([name, passed[name] === given[name]]).toEqual([name, !FIXED.includes(name)]);
  });

  it('configures a server with only the secret set', () => {
    const config = readConfig(environmentOf('api', { APP_SECRET: 'a secret of more than 32 characters' }));
    expect(config.get('HOST')).toBe('0.0.0.0');
    expect(config.publicUrl).toBe('http://127.0.0.1:3000');
  });

  it('publishes PORT, and points links to it', () => {
    const variables = { PORT: '4000' };
    expect(services['api']?.ports?.map((port) => interpolated(port, variables))).toEqual(['127.0.0.1:4000:3000']);
    expect(environmentOf('api', variables)).toMatchObject({ PORT: '3000', PUBLIC_URL: 'http://127.0.0.1:4000' });
    expect(environmentOf('api', { ...variables, PUBLIC_URL: 'https://api.example.com' })['PUBLIC_URL']).toBe(
      'https://api.example.com',
    );
  });

  const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0;
  if (!hasCompose) console.warn('A test is skipped because the Compose plugin of Docker is not installed.');
  (hasCompose ? it : it.skip)('reads an .env file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'parlance-compose-'));
    try {
      writeFileSync(join(folder, '.env'), 'PORT=4000\nMAIL_FROM="Parlance <no-reply@example.com>"\n');
      const args = ['compose', '--file', FILE, '--env-file', join(folder, '.env'), 'config', '--format', 'json'];
      const { stdout } = spawnSync('docker', args, { encoding: 'utf8', env: { PATH: process.env['PATH'] } });
      expect((JSON.parse(stdout) as Compose).services['api']?.environment).toMatchObject({
        PUBLIC_URL: 'http://127.0.0.1:4000',
        MAIL_FROM: 'Parlance <no-reply@example.com>',
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
