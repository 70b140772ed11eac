import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { AppModule } from './app.module.js';
import { packageRoot, readConfig } from './platform/config/index.js';
import { errorCodes, errorTable, exampleOf } from './platform/errors/index.js';
import { API_VERSION_HEADER, documentedModels, operationIdOf } from './platform/http/index.js';
import { Logger } from './platform/telemetry/index.js';
import { versions } from './versions.js';

/** The chapters of the document, in order. */
const TAGS = {
  Chat: 'Ask, and get an answer with its sources: whole or as a stream.',
  Conversations: 'What was said, and notes of your own.',
  Knowledge: 'The documents that answers rest on.',
  Authentication: 'Accounts and sessions of people.',
  Organizations: 'Who works together: members, roles, invitations.',
  OAuth: 'For apps of others.',
  'API keys': 'Credentials of programs, live and test. For a test key there are test keys only.',
  Plans: 'What each plan allows, and how much of it is used.',
  'Audit log': 'Who did what to which, and from where.',
  'Request logs': 'Which calls were made, and what came of them.',
  Notifications: 'What you should know of.',
  Admin: 'What superusers of this server may do.',
  System: 'What this server offers.',
  Versions: 'How the API has changed, and what is on its way out.',
  Health: 'For balancers, orchestrators and monitoring.',
  Errors: 'What every error code means and what to do about it.',
};

/** On every answer of an operation that is limited. */
const LIMIT_HEADERS = {
  'X-RateLimit-Limit': limitHeader('integer', 'Requests of the limit that will refuse first.', 60),
  'X-RateLimit-Remaining': limitHeader('integer', 'How many of them are left.', 58),
  'X-RateLimit-Reset': limitHeader(
    'integer',
    'When all of them are there again, in seconds since 1970.',
    1_924_992_000,
  ),
  'X-RateLimit-Cost': limitHeader('integer', 'How many of them this call took, if not one.', 2),
  'RateLimit-Policy': limitHeader(
    'string',
    'Every limit that applies, with its window in seconds.',
    '"minute";q=60;w=60',
  ),
  RateLimit: limitHeader('string', 'What is left of each, and in how many seconds all is.', '"minute";r=58;t=2'),
  'X-Parlance-Degraded': limitHeader(
    'string',
    '`limits` while each process of this server holds its callers to a share of their limits by itself.',
    'limits',
  ),
};

const retryAfter = { 'Retry-After': limitHeader('integer', 'Seconds to wait before the next try.', 30) };

/** On error answers of a status. */
const ERROR_HEADERS: Record<string, object> = {
  401: {
    'WWW-Authenticate': {
      description: 'Which kind of credential is asked for, and what was wrong with the one that was sent.',
      schema: { type: 'string' },
      example: 'Bearer realm="parlance", error="invalid_token"',
    },
  },
  409: {
    'Retry-After': { ...retryAfter['Retry-After'], description: 'With `IDEMPOTENCY_IN_PROGRESS`: seconds to wait.' },
  },
  429: retryAfter,
  503: retryAfter,
};

/**
 * Writes openapi.json from the built code (`npm run openapi`), or with `--check` tells whether the committed one is true to
 * it. Nothing is connected to: the values below are never used.
 */
const config = readConfig({
  DATABASE_URL: 'postgresql://localhost/none',
  REDIS_URL: 'redis://localhost:1',
  APP_SECRET: 'only-to-write-the-document-nothing-is-signed',
  LOG_LEVEL: 'silent',
});
const logger = new Logger(config);
const app = await NestFactory.create(AppModule.for(config, logger, false), { preview: true, logger });
const builder = new DocumentBuilder()
  .setOpenAPIVersion('3.1.0')
  .setTitle('Parlance API')
  .setDescription(
    'Turns a model and a pile of documents into a public API: chat with cited sources, and all it takes to open it to others.',
  )
  .setVersion('1.0.0')
  .setLicense('MIT', 'https://opensource.org/license/mit')
  .addServer('/')
  .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key: `parl_live_sk_…`' }, 'api_key')
  .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A session' }, 'session');
for (const [name, purpose] of Object.entries(TAGS)) builder.addTag(name, purpose);
const document = SwaggerModule.createDocument(app, builder.build(), {
  extraModels: documentedModels,
  operationIdFactory: operationIdOf,
});
shareErrorAnswers(document);
offerVersions(document);
const file = join(packageRoot, 'openapi.json');
const text = `${JSON.stringify(document, null, 2)}\n`;
if (process.argv.includes('--check')) {
  const isCurrent = readFileSync(file, 'utf8') === text;
  if (!isCurrent) process.stderr.write('openapi.json does not fit the code: run `npm run openapi` and commit it.\n');
  process.exit(isCurrent ? 0 : 1);
}
writeFileSync(file, text);
process.exit(0);

interface Operation {
  parameters?: { name?: string; $ref?: string }[];
  responses?: Record<string, object>;
  'x-access': { kind: string };
  'x-rate-limit-cost'?: number;
  'x-required-tier'?: string;
}

/** What an operation may answer with because of what it has, besides what `@ApiProblems` declares for it. */
function expectedErrors(path: string, operation: Operation): number[] {
  const isPublic = operation['x-access'].kind === 'public';
  return [
    ...[400, 410, 422, 500, 503],
    ...(isPublic ? [] : [401, 403]),
    ...(operation['x-required-tier'] ? [402] : []),
    ...(path.includes('{') ? [404] : []),
    // Whatever takes a key reads the body, also one that it has no use for.
    ...(isIdempotent(operation) ? [409, 413, 415] : []),
    ...(isLimited(operation) ? [429] : []),
  ];
}

function isIdempotent({ parameters }: Operation): boolean {
  return parameters?.some(({ name }) => name === 'Idempotency-Key') ?? false;
}

function operationsIn(paths: OpenAPIObject['paths']): [path: string, operation: Operation][] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    (Object.values(methods) as Operation[]).map((operation): [string, Operation] => [path, operation]),
  );
}

/** Every operation but those declared @Unlimited() may answer 429, and tells its caller how it stands. */
function isLimited(operation: Operation): boolean {
  return operation['x-rate-limit-cost'] !== 0;
}

/** Each status' error answer stands once, with an example per code, and every operation refers to it. */
function shareErrorAnswers({ components, paths }: OpenAPIObject): void {
  const headers = {
    RequestId: { description: 'Name it when you report a problem.', schema: { type: 'string' } },
    ApiVersion: { description: 'The version of the API of this answer.', schema: { type: 'string' } },
  };
  const always = {
    'X-Request-Id': { $ref: '#/components/headers/RequestId' },
    [API_VERSION_HEADER]: { $ref: '#/components/headers/ApiVersion' },
  };
  const location = { Location: { description: 'Address of what was created.', schema: { type: 'string' } } };
  const replayed = {
    'Idempotency-Replayed': {
      description: '`true` on an answer that was stored when the same request was made before.',
      schema: { type: 'string', enum: ['true'] },
    },
  };
  const responses: Record<string, object> = {};
  for (const [path, operation] of operationsIn(paths)) {
    operation['x-rate-limit-cost'] ??= 1;
    const limits = isLimited(operation) ? limitHeaders() : {};
    for (const status of expectedErrors(path, operation)) Object.assign(operation.responses ?? {}, { [status]: {} });
    for (const [status, response] of Object.entries(operation.responses ?? {})) {
      if (Number(status) < 400) {
        Object.assign(response, describeSuccess(response, status), {
          headers: {
            ...always,
            ...limits,
            ...(status === '201' && location),
            ...(isIdempotent(operation) && replayed),
          },
        });
        continue;
      }
      const name = `Error${status}${isLimited(operation) ? '' : 'Unlimited'}`;
      const told = { ...always, ...limits, ...ERROR_HEADERS[status] };
      responses[name] ??= { ...describeProblem(Number(status)), headers: told, ...errorContent(Number(status)) };
      Object.assign(operation.responses as object, { [status]: { $ref: `#/components/responses/${name}` } });
    }
  }
  Object.assign(components ?? {}, { headers: { ...headers, ...LIMIT_HEADERS }, responses });
}

/** Every operation takes the header that names a version, which is described once. */
function offerVersions({ components, paths }: OpenAPIObject): void {
  const names = versions.map(({ version }) => version);
  const parameter = {
    name: API_VERSION_HEADER,
    in: 'header',
    required: false,
    description: `The version of the API in which the request is made and answered. Without it: the one that the API key is pinned to, or the latest. This document describes the latest, ${names.at(-1)}; \`GET /api/v1/versions\` tells how others differ. Answers in a version on its way out carry \`Deprecation\`, \`Sunset\` and \`Link\`s to what comes after.`,
    schema: { type: 'string', enum: names },
  };
  for (const [, operation] of operationsIn(paths)) {
    operation.parameters = [...(operation.parameters ?? []), { $ref: '#/components/parameters/ApiVersion' }];
  }
  Object.assign(components ?? {}, { parameters: { ApiVersion: parameter } });
}

function limitHeaders(): object {
  const names = Object.keys(LIMIT_HEADERS);
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function describeProblem(status: number): object {
  const codes = errorCodes.filter((code) => errorTable[code].status === status);
  return { description: codes.map((code) => `\`${code}\`: ${errorTable[code].message}`).join('\n\n') };
}

function limitHeader(type: string, description: string, example: unknown): object {
  return { description, schema: { type }, example };
}

function describeSuccess(response: { description?: string }, status: string): object {
  return { description: response.description || (STATUS_CODES[status] ?? status) };
}

function errorContent(status: number): object {
  const examples = Object.fromEntries(
    errorCodes
      .filter((code) => errorTable[code].status === status)
      .map((code) => [code, { value: exampleOf(code, 'https://api.example.com') }]),
  );
  return {
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, examples } },
  };
}
