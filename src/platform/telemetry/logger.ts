import { join } from 'node:path';
import { Injectable, type LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { Config, packageRoot } from '../config/index.js';
import { currentRequestId } from './request-origin.js';

/** Names of fields whose values must not appear in a log. */
export const SECRET_FIELDS = [
  'password',
  'key',
  'secret',
  'token',
  'access_token',
  'refresh_token',
  'authorization',
  'cookie',
];

/**
 * Buffers lines for up to a tenth of a second, because a write per line would cost more than the line. Only `kill -9`
 * loses them.
 */
const WRITES = { minLength: 4_096, periodicFlush: 100 };

/** Contexts of Nest that log every module and every route at the start. */
const NOISY = new Set<unknown>(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory']);

/** Structured logs (pino). Nest logs through it too. */
@Injectable()
export class Logger implements LoggerService {
  readonly pino: PinoLogger;
  /** For the line per request: its fields are fixed and hold no secret, so it needs no redaction. */
  readonly access: PinoLogger;

  constructor(config: Config, destination: DestinationStream = standardOutput(config)) {
    const plain = {
      level: config.get('LOG_LEVEL'),
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
    };
    const redact = { paths: SECRET_FIELDS.flatMap((path) => [path, `*.${path}`]), censor: '[redacted]' };
    this.access = pino(plain, destination);
    this.pino = pino({ ...plain, redact, mixin: () => ({ request_id: currentRequestId() }) }, destination);
  }

  debug(message: unknown, ...context: unknown[]): void {
    this.pino.debug(...entry(message, context));
  }

  log(message: unknown, ...context: unknown[]): void {
    this.pino[NOISY.has(context.at(-1)) ? 'debug' : 'info'](...entry(message, context));
  }

  warn(message: unknown, ...context: unknown[]): void {
    this.pino.warn(...entry(message, context));
  }

  error(message: unknown, ...context: unknown[]): void {
    this.pino.error(...entry(message, context));
  }
}

/** Nest passes (message, ..., context name); our own calls pass (fields, message), like pino. */
function entry(message: unknown, context: unknown[]): [object, string] {
  const last = context.at(-1);
  if (typeof message === 'object' && message !== null) {
    if (message instanceof Error) return [{ err: message }, message.message];
    return [message, typeof last === 'string' ? last : ''];
  }
  return [typeof last === 'string' ? { context: last } : {}, String(message)];
}

function standardOutput(config: Config): DestinationStream {
  if (formatOf(config) === 'json') return pino.destination({ sync: false, ...WRITES });
  return pino.transport({ target: join(packageRoot, 'dist/platform/telemetry/pretty-log.js') });
}

/** By default, a terminal in development shows the readable format. */
function formatOf(config: Config): 'json' | 'pretty' {
  if (config.get('LOG_LEVEL') === 'silent') return 'json';
  const isRead = config.get('NODE_ENV') === 'development' && process.stdout.isTTY;
  return config.get('LOG_FORMAT') ?? (isRead ? 'pretty' : 'json');
}
