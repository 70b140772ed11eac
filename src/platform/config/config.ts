import { isIP, isIPv6 } from 'node:net';
import * as z from 'zod';

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true');
const list = z
  .string()
  .default('')
  .transform((value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  );
const isOrigin = (value: string): boolean => URL.canParse(value) && new URL(value).origin === value;

/** The origin of a URL; undefined if it has a path, query, fragment or credentials, which links cannot carry. */
function originOf(value: string): string | undefined {
  const bare = value.trim().replace(/\/+$/, '');
  if (!/^https?:\/\/[^/]/i.test(bare) || !URL.canParse(bare)) return undefined;
  const { href, origin } = new URL(bare);
  return href === `${origin}/` ? origin : undefined;
}

function isBaseUrl(value: string): boolean {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}

/** Whether a content security policy can name exactly this address. */
const isLogoUrl = (value: string): boolean => /^https:\/\/[^\s;,?#@]+$/.test(value) && URL.canParse(value);

/** Whether that is an address, or a range of addresses in CIDR notation. */
function isRange(item: string): boolean {
  const [address = '', bits = '1', ...rest] = item.split('/');
  const isLength = /^\d+$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (isIPv6(address) ? 128 : 32);
  return isIP(address) !== 0 && isLength && rest.length === 0;
}

/** Whether Express accepts this as proxies to trust: a number, or names of ranges, addresses and CIDR ranges. */
function isTrustProxy(value: string): boolean {
  const isNamed = (item: string): boolean => ['loopback', 'linklocal', 'uniquelocal'].includes(item);
  const items = value.split(',').map((item) => item.trim());
  return /^\d*$/.test(value) || items.every((item) => isNamed(item) || isRange(item));
}

const whole = (standard: number, minimum = 0) => z.coerce.number().int().min(minimum).default(standard);

/** Every environment variable that Parlance reads. A test compares them with docs/operators/configuration.md. */
export const environmentSchema = z.object({
  NODE_ENV: z.enum(['development', 'production', 'test']).default('production'),
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  PUBLIC_URL: z
    .string()
    .transform((value, context) => {
      const origin = originOf(value);
      if (origin !== undefined) return origin;
      context.addIssue(
        'must be an origin such as https://api.example.com: http or https, without path, query or credentials',
      );
      return z.NEVER;
    })
    .optional(),
  INSTANCE_NAME: z
    .string()
    .trim()
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]{1,60}$/u, 'must be 1 to 60 characters on one line')
    .default('Parlance'),
  INSTANCE_LOGO_URL: z
    .string()
    .refine(isLogoUrl, 'must be the https URL of an image, without query, credentials or fragment')
    .optional(),
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgresql://'),
  DATABASE_POOL_SIZE: whole(20, 2),
  REDIS_URL: z.string().regex(/^(rediss?:\/\/|unix:\/\/|\/)/, 'must begin with redis://, rediss:// or unix://'),
  REDIS_KEY_PREFIX: z
    .string()
    .regex(/^[\w-]+$/, 'must contain only letters, digits, - and _')
    .default('parlance'),
  APP_SECRET: z.string().min(32, 'must have at least 32 characters (try: openssl rand -base64 32)'),
  API_KEY_PREFIX: z
    .string()
    .regex(/^[a-z][a-z0-9]{1,15}$/, 'must be 2 to 16 lowercase letters or digits, starting with a letter')
    .default('parl'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  LOG_FORMAT: z.enum(['json', 'pretty']).optional(),
  CORS_ORIGINS: list.refine(
    (origins) => origins.every(isOrigin),
    'must be origins such as https://app.example.com; * is not allowed',
  ),
  TRUST_PROXY: z
    .string()
    .refine(
      isTrustProxy,
      'must be the number of proxies in front of this server, or their addresses, such as loopback, 10.0.0.0/8',
    )
    .default(''),
  MAX_CONNECTIONS: whole(4_000, 1),
  MAX_CONNECTIONS_PER_ADDRESS: whole(1_000),
  LIMIT_ADDRESS: whole(60, 1),
  LIMIT_SIGN_IN: whole(10, 1),
  PASSWORD_HASH_KIB: whole(19_456, 64),
  SESSION_MAX_DAYS: whole(90, 1),
  MAX_ORGANIZATIONS_PER_PERSON: whole(20, 1),
  LIMIT_INVITATIONS: whole(50, 1),
  OAUTH_OPEN_REGISTRATION: flag,
  OUTGOING_PRIVATE_ADDRESSES: list.refine(
    (ranges) => ranges.every(isRange),
    'must be addresses and ranges such as 10.0.0.0/8',
  ),
  NODE_EXTRA_CA_CERTS: z.string().optional(),
  METRICS_TOKEN: z.string().min(16).optional(),
  WORKER_INLINE: flag,
  WORKER_CONCURRENCY: whole(2, 1),
  ANALYSIS_MEMORY_MB: whole(1_024, 256),
  DATA_SOURCE_MAX_MB: whole(100, 1),
  DATA_SOURCE_READ_SECONDS: whole(120, 1),
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\/[^/]/, 'must begin with smtp:// or smtps://')
    .refine((value) => URL.canParse(value), 'must be a valid URL')
    .optional(),
  MAIL_FROM: z
    .string()
    .regex(
      /^([^<>@\p{Cc}]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/u,
      'must be an email address or "Name <address>"',
    )
    .optional(),
  SEARCH_URL: z.string().refine(isBaseUrl, 'must be an http or https URL without credentials').optional(),
  MODEL_BASE_URL: z.string().refine(isBaseUrl, 'must be an http or https URL without credentials').optional(),
  MODEL_API_KEY: z.string().optional(),
  MODEL_DEFAULT: z.string().optional(),
  MODEL_LIST: list,
  MODEL_CONTEXT_TOKENS: whole(32_768, 512),
  MODEL_FALLBACK: z.string().optional(),
  MODEL_TIMEOUT_SECONDS: whole(60, 1),
  MODEL_FIRST_TOKEN_SECONDS: whole(30, 1),
  ANSWER_CACHE_SECONDS: whole(300),
  STREAM_RESUME_SECONDS: whole(3),
  REQUEST_LOG_DAYS: whole(30, 1),
  SHUTDOWN_DELAY_SECONDS: whole(0),
});

/** If the first is set, the second is required. */
const NEEDED_TOGETHER = { SMTP_URL: 'MAIL_FROM', MODEL_BASE_URL: 'MODEL_DEFAULT', MODEL_FALLBACK: 'MODEL_BASE_URL' };

type Variables = Record<string, string | undefined>;

export type Environment = z.output<typeof environmentSchema>;

/** An installation, as its pages name it. */
export interface Instance {
  name: string;
  logoUrl: string | undefined;
}

/** The settings of this process, read once. */
export class Config {
  constructor(private readonly environment: Environment) {}

  /** The value of one variable, typed and with its default applied. */
  get<Name extends keyof Environment>(name: Name): Environment[Name] {
    return this.environment[name];
  }

  /** What the pages of this installation show at their top. */
  get instance(): Instance {
    return { name: this.get('INSTANCE_NAME'), logoUrl: this.get('INSTANCE_LOGO_URL') };
  }

  /** The origin of links in responses and mails. */
  get publicUrl(): string {
    const host = this.get('HOST');
    const origin = `http://${isIPv6(host) ? `[${host}]` : host}:${this.get('PORT')}`;
    return this.get('PUBLIC_URL') ?? origin;
  }
}

/** Lists every wrong or missing variable, so that an operator can correct all of them together. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError';
}

/**
 * Reads the configuration from environment variables, by default those of this process.
 * @throws ConfigurationError naming every wrong or missing variable, without their values, which can be secrets
 */
export const readConfig = (variables: Variables = process.env): Config =>
  new Config(readVariables(environmentSchema, variables, NEEDED_TOGETHER));

/** @param neededTogether variable -> the variable that it requires */
export function readVariables<Schema extends z.ZodObject>(
  schema: Schema,
  variables: Variables,
  neededTogether: Record<string, string> = {},
): z.output<Schema> {
  // `docker compose` passes an unset variable as an empty one.
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  const problems = (result.error?.issues ?? []).map((issue) => {
    const name = issue.path.join('.');
    return `  ${name}: ${given[name] === undefined ? 'is required' : issue.message}`;
  });
  for (const [name, needed] of Object.entries(neededTogether)) {
    if (given[name] && !given[needed]) problems.push(`  ${needed}: is required when ${name} is set`);
  }
  if (!result.success || problems.length > 0) {
    throw new ConfigurationError(`The configuration is not valid:\n${problems.join('\n')}`);
  }
  return result.data;
}
