import { CommanderError } from 'commander';
import { ConfigurationError } from '../platform/config/index.js';

/** Exit codes for scripts. docs/command-line.md lists them. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  denied: 4,
  unreachable: 5,
  chainBroken: 6,
  interrupted: 130,
} as const;

interface FailureOptions {
  exitCode?: number;
  details?: object;
  requestId?: string;
  cause?: unknown;
}

/** The failure of a command. */
export class Failure extends Error {
  readonly exitCode: number;
  readonly details: object | undefined;
  readonly requestId: string | undefined;

  constructor(
    readonly code: string,
    message: string,
    { exitCode = exitCodes.failure, details, requestId, cause }: FailureOptions = {},
  ) {
    super(message, { cause });
    this.exitCode = exitCode;
    this.details = details;
    this.requestId = requestId;
  }
}

/** The options of commands, by the API fields that they fill. */
export const OPTIONS: Record<string, string> = {
  allowed_ips: '--allowed-ip',
  citation_style: '--style',
  collection: '--collection',
  'connection.ssl': '--ssl',
  'connection.table': '--table',
  conversation_id: '--conversation',
  cursor: '--cursor',
  data_source: '--data-source',
  description: '--description',
  environment: '--env',
  expires_at: '--expires',
  formats: '--formats',
  homepage_url: '--homepage',
  kind: '--kind',
  limit: '--limit',
  logo_url: '--logo',
  method: '--method',
  model: '--model',
  name: '--name',
  organization_name: '--organization',
  overlap_seconds: '--overlap',
  'parameters.dimensions': '--dimension',
  'parameters.metrics': '--metric',
  'parameters.time_period': '--period',
  plan: '--plan',
  rate_limit: '--rate-limit',
  redirect_uris: '--redirect-uri',
  route: '--route',
  scope: '--scope',
  scopes: '--scopes',
  source: '--source',
  sources: '--collections',
  status: '--status',
  title: '--title',
  type: '--type',
  version: '--version',
};

interface FieldError {
  field: string;
  message: string;
}

/** A failure because of invalid fields, reported under the names of their options. */
export function fieldFailure(code: string, message: string, fields: FieldError[], options: FailureOptions): Failure {
  const lines = fields.map(({ field, message: what }) => {
    const [path = '', name = ''] = /^(\w+)(?:\.[a-z_]+)?/.exec(field) ?? [];
    return `\n  ${OPTIONS[path] ?? OPTIONS[name] ?? field}: ${what}`;
  });
  const details = { fields: fields.map(({ field, message: what }) => ({ field, message: what })) };
  return new Failure(code, message + lines.join(''), { ...options, ...(fields.length > 0 && { details }) });
}

export const usage = (message: string): Failure => new Failure('USAGE', message, { exitCode: exitCodes.usage });

export const nothingFound = (message: string): Failure =>
  new Failure('NOT_FOUND', message, { exitCode: exitCodes.notFound });

export const denied = (message: string): Failure =>
  new Failure('UNAUTHORIZED', message, { exitCode: exitCodes.denied });

export const unreachable = (message: string, cause?: unknown): Failure =>
  new Failure('UNREACHABLE', message, { exitCode: exitCodes.unreachable, cause });

/** The exit code for an HTTP status. */
export function exitCodeOf(status: number): number {
  if (status === 400 || status === 422) return exitCodes.usage;
  if (status === 401 || status === 403) return exitCodes.denied;
  if (status === 404) return exitCodes.notFound;
  return [502, 503, 504].includes(status) ? exitCodes.unreachable : exitCodes.failure;
}

/** Converts any thrown value to a failure. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof CommanderError) return usage(error.message.replace(/^error: /, ''));
  if (error instanceof ConfigurationError) return usage(error.message);
  return new Failure('INTERNAL_ERROR', error instanceof Error ? error.message : String(error), { cause: error });
}
