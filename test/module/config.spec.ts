import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  commandLineSchema,
  ConfigurationError,
  environmentSchema,
  packageRoot,
  readCommandLineSettings,
  readConfig,
  readOperatorConfig,
} from '../../src/platform/config/index.js';

const GOOD = {
  DATABASE_URL: 'postgresql://user:s3cret-of-the-database@localhost/parlance',
  REDIS_URL: 'redis://:s3cret-of-redis@localhost:6379',
  APP_SECRET: 's3cret-with-enough-characters-for-this-purpose',
};
const names = Object.keys(environmentSchema.shape);

const problemsOf = (variables: Record<string, string | undefined>): string => {
  try {
    readConfig(variables);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  throw new Error('the configuration was taken');
};

describe('a valid configuration', () => {
  it('requires three variables', () => {
    const config = readConfig(GOOD);
    expect(config.get('PORT')).toBe(3000);
    expect(config.get('HOST')).toBe('127.0.0.1');
    expect(config.get('NODE_ENV')).toBe('production');
    expect(config.publicUrl).toBe('http://127.0.0.1:3000');
  });

  it('treats an empty variable as unset', () => {
    const empty = Object.fromEntries(names.filter((name) => !(name in GOOD)).map((name) => [name, '']));
    expect(readConfig({ ...GOOD, ...empty }).get('PORT')).toBe(3000);
  });

  it('ignores unrelated variables', () => {
    expect(() => readConfig({ ...GOOD, PATH: '/bin', npm_config_cache: 'x' })).not.toThrow();
  });

  it.each([
    ['CORS_ORIGINS', ' https://a.example , ,https://b.example', ['https://a.example', 'https://b.example']],
    ['WORKER_INLINE', 'true', true],
    ['WORKER_INLINE', 'false', false],
    ['DATABASE_POOL_SIZE', '5', 5],
    ['REDIS_URL', 'unix:///run/redis.sock', 'unix:///run/redis.sock'],
    ['DATABASE_URL', 'postgres://localhost/x?host=/run/pg', 'postgres://localhost/x?host=/run/pg'],
  ] as const)('reads %s=%s', (name, value, expected) => {
    expect(readConfig({ ...GOOD, [name]: value }).get(name)).toEqual(expected);
  });

  it.each(['', '2', 'loopback', '10.0.0.0/8, 192.0.2.1', 'uniquelocal,2001:db8::/32'])(
    'trusts proxies: %j',
    (value) => {
      expect(readConfig({ ...GOOD, TRUST_PROXY: value }).get('TRUST_PROXY')).toBe(value);
    },
  );

  it.each([
    ['::', 'http://[::]:3000'],
    ['::1', 'http://[::1]:3000'],
    ['0.0.0.0', 'http://0.0.0.0:3000'],
    ['api.internal', 'http://api.internal:3000'],
  ])('points links to HOST %s', (host, expected) => {
    expect(readConfig({ ...GOOD, HOST: host }).publicUrl).toBe(expected);
  });

  it('points links to PUBLIC_URL', () => {
    expect(readConfig({ ...GOOD, PUBLIC_URL: 'https://api.example.com/' }).publicUrl).toBe('https://api.example.com');
  });

  it.each([
    ['https://api.example.com', 'https://api.example.com'],
    ['http://localhost:3000//', 'http://localhost:3000'],
    ['HTTPS://API.example.com:443', 'https://api.example.com'],
    ['http://[2001:db8::1]:8080/', 'http://[2001:db8::1]:8080'],
  ])('takes the origin of PUBLIC_URL %s', (value, expected) => {
    expect(readConfig({ ...GOOD, PUBLIC_URL: value }).publicUrl).toBe(expected);
  });
});

describe('an invalid configuration', () => {
  it('lists all missing variables together', () => {
    const message = problemsOf({});
    for (const name of Object.keys(GOOD)) expect(message).toContain(`  ${name}: is required`);
    expect(message.split('\n')).toHaveLength(1 + Object.keys(GOOD).length);
  });

  it('lists all invalid variables together, and repeats no value', () => {
    const wrong = {
      NODE_ENV: 'wrong-1',
      PORT: 'wrong-2',
      PUBLIC_URL: 'wrong-3',
      DATABASE_URL: 'wrong-4',
      DATABASE_POOL_SIZE: 'wrong-5',
      REDIS_URL: 'wrong-6',
      REDIS_KEY_PREFIX: 'wrong 7',
      APP_SECRET: 'wrong-8',
      API_KEY_PREFIX: 'WRONG_9',
      TRUST_PROXY: 'wrong-19',
      LOG_LEVEL: 'wrong-10',
      LOG_FORMAT: 'wrong-11',
      METRICS_TOKEN: 'wrong-12',
      WORKER_INLINE: 'wrong-13',
      SMTP_URL: 'wrong-17',
      MAIL_FROM: 'wrong-18',
      MODEL_BASE_URL: 'wrong-14',
      MODEL_TIMEOUT_SECONDS: 'wrong-15',
      ANSWER_CACHE_SECONDS: 'wrong-16',
    };
    const message = problemsOf(wrong);
    for (const name of Object.keys(wrong)) expect(message).toMatch(new RegExp(`^  ${name}: \\S`, 'm'));
    expect(message).not.toMatch(/wrong[- _]\d/i);
  });

  it.each([
    ['PORT', '65536'],
    ['INSTANCE_NAME', 'Two\nlines'],
    ['INSTANCE_LOGO_URL', 'http://cdn.example.com/logo.svg'],
    ['INSTANCE_LOGO_URL', "https://cdn.example.com/logo.svg;script-src 'unsafe-inline'"],
    ['INSTANCE_NAME', 'x'.repeat(61)],
    ['PORT', '80.5'],
    ['PORT', '-1'],
    ['DATABASE_POOL_SIZE', '1'],
    ['WORKER_INLINE', '1'],
    ['APP_SECRET', 'x'.repeat(31)],
    ['API_KEY_PREFIX', 'p'],
    ['REDIS_URL', 'http://localhost'],
    ['PUBLIC_URL', 'https://example.com/parlance'],
    ['PUBLIC_URL', 'https://example.com/parlance/'],
    ['PUBLIC_URL', 'https://example.com/?'],
    ['PUBLIC_URL', 'https://example.com?tenant=1'],
    ['PUBLIC_URL', 'https://example.com/#'],
    ['PUBLIC_URL', 'https://user:secret@example.com'],
    ['PUBLIC_URL', 'ftp://example.com'],
    ['PUBLIC_URL', 'http:example.com'],
    ['PUBLIC_URL', 'javascript:alert(1)'],
    ['PUBLIC_URL', 'https://'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', '-1'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', 'loopback, proxy.internal'],
  ])('rejects %s=%s', (name, value) => {
    expect(problemsOf({ ...GOOD, [name]: value })).toMatch(new RegExp(`\n  ${name}: `));
  });

  it('requires MAIL_FROM with SMTP_URL', () => {
    const message = problemsOf({ ...GOOD, SMTP_URL: 'smtp://user:s3cret-of-mail@localhost' });
    expect(message).toContain('  MAIL_FROM: is required when SMTP_URL is set');
    expect(message).not.toContain('s3cret');
  });

  it.each(['Parlance', 'a@b\r\nBcc: c@example.com', 'A <a@b>, C <c@example.com>', '<>'])(
    'rejects the sender %j',
    (sender) => {
      expect(problemsOf({ ...GOOD, SMTP_URL: 'smtp://localhost', MAIL_FROM: sender })).toContain('  MAIL_FROM: ');
    },
  );

  it('requires MODEL_DEFAULT with MODEL_BASE_URL, and reports the other errors too', () => {
    const message = problemsOf({ ...GOOD, MODEL_BASE_URL: 'http://localhost:11434/v1', PORT: 'x' });
    expect(message).toContain('  MODEL_DEFAULT: is required when MODEL_BASE_URL is set');
    expect(message).toContain('  PORT: ');
  });
});

describe('docs/operators/configuration.md', () => {
  const lines = readFileSync(join(packageRoot, 'docs/operators/configuration.md'), 'utf8').split('\n');
  const rows = lines.flatMap((line) => {
    const [, name, standard] = /^\| `([A-Z_]+)` +\|\s*(.*?)\s*\| \S/.exec(line) ?? [];
    return name ? [[name, standard ?? ''] as const] : [];
  });

  it('has one row for every variable', () => {
    expect(rows.map(([name]) => name).sort()).toEqual([...names].sort());
  });

  it('names the defaults', () => {
    const defaults = readConfig(GOOD);
    for (const [name, standard] of rows.filter(([name]) => !(name in GOOD) && name !== 'PUBLIC_URL')) {
      const value = defaults.get(name as keyof typeof environmentSchema.shape);
      const isNone = [undefined, '', []].some((none) => isDeepStrictEqual(value, none));
      expect([name, standard]).toEqual([name, isNone ? 'none' : `\`${String(value)}\``]);
    }
  });
});

describe('.env.example', () => {
  const lines = readFileSync(join(packageRoot, '.env.example'), 'utf8').split('\n');
  const given = lines.flatMap((line) => {
    const [, name, value] = /^# ([A-Z_]+)=(\S*) # \S/.exec(line) ?? [];
    return name ? [[name, value ?? ''] as const] : [];
  });

  it('has one commented line for every variable', () => {
    expect(given.map(([name]) => name).sort()).toEqual([...names].sort());
    expect(lines.filter((line) => line && !line.startsWith('# '))).toEqual([]);
  });

  it('names the defaults', () => {
    const settings = readConfig({ ...Object.fromEntries(given), ...GOOD });
    const defaults = readConfig(GOOD);
    for (const name of Object.keys(environmentSchema.shape) as (keyof typeof environmentSchema.shape)[]) {
      expect([name, settings.get(name)]).toEqual([name, defaults.get(name)]);
      const value = given.find(([other]) => other === name)?.[1];
      const isNamed = value !== '' || [undefined, '', []].some((none) => isDeepStrictEqual(defaults.get(name), none));
      expect([name, isNamed || name in GOOD]).toEqual([name, true]);
    }
  });
});

describe('the command line', () => {
  it('reads its variables, and treats an empty one as unset', () => {
    const settings = readCommandLineSettings({
      PARLANCE_URL: 'https://api.example.com',
      PARLANCE_API_KEY: '',
      HOME: '/x',
    });
    expect(settings).toMatchObject({ PARLANCE_URL: 'https://api.example.com', XDG_CONFIG_HOME: expect.any(String) });
    expect(settings.PARLANCE_API_KEY).toBeUndefined();
  });

  it('rejects invalid ones, and repeats no value', () => {
    const read = (): unknown => readCommandLineSettings({ PARLANCE_URL: 'ftp://wrong', PARLANCE_API_KEY: 'wrong key' });
    expect(read).toThrow(/^ {2}PARLANCE_URL: must begin with http.*\n {2}PARLANCE_API_KEY: must contain/m);
    expect(read).not.toThrow(/wrong/);
  });

  it('uses the local server only if no database is named: the two are never mixed', async () => {
    const local = async () => GOOD;
    const ownDatabase = { DATABASE_URL: 'postgresql://localhost/other' };
    expect((await readOperatorConfig(local, {})).get('APP_SECRET')).toBe(GOOD.APP_SECRET);
    await expect(readOperatorConfig(local, ownDatabase)).rejects.toThrow('APP_SECRET: is required');
  });

  it('has its variables documented in docs/command-line.md', () => {
    const text = readFileSync(join(packageRoot, 'docs/command-line.md'), 'utf8');
    expect(Object.keys(commandLineSchema.shape).filter((name) => !text.includes(name))).toEqual([]);
  });
});
