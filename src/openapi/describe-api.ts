import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { API_VERSION_HEADER, documentedModels, operationIdFor } from '../platform/http/index.js';
import { versions } from '../versions.js';
import { operationsIn, type Description } from './description.js';
import { nameEnums } from './enum-names.js';
import { addExamples } from './examples.js';
import { describeResponses } from './responses.js';
import { nameSchemas, SCHEMA_NAMES } from './schema-names.js';
import { SHARED_ENUMS } from './shared-enums.js';
import { sortByTag, sortSchemas, splitSummaries, SUMMARY, TAGS, tellDefaults } from './texts.js';

/** The OpenAPI document of the latest version of the API. */
export function describeApi(app: INestApplication): Description {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Parlance API')
    .setDescription(SUMMARY)
    .setVersion(versions.at(-1)?.version ?? '')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('http://127.0.0.1:3000', 'This server')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key, such as `parl_live_sk_…`.' }, 'api_key')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The access token of a signed-in person.' },
      'session',
    );
  for (const [name, purpose] of Object.entries(TAGS)) builder.addTag(name, purpose);
  const description = SwaggerModule.createDocument(app, builder.build(), {
    extraModels: documentedModels,
    operationIdFactory: operationIdFor,
  }) as unknown as Description;
  sortByTag(description);
  splitSummaries(description);
  nameSchemas(description, SCHEMA_NAMES);
  nameEnums(description, SHARED_ENUMS);
  sortSchemas(description);
  describeResponses(description);
  tellDefaults(description);
  addExamples(description);
  openPublicOperations(description);
  offerVersions(description);
  return description;
}

/** Marks the operations that require no credential. */
function openPublicOperations(description: Description): void {
  for (const { operation } of operationsIn(description)) {
    if (operation['x-access'].kind === 'public') operation.security = [];
  }
}

/** Adds the version header to every operation; it is described once. */
function offerVersions(description: Description): void {
  const names = versions.map(({ version }) => version);
  const parameter = {
    name: API_VERSION_HEADER,
    in: 'header',
    required: false,
    description: `API version of the request and the response. Defaults to the version that the API key is pinned to, or the latest. This document describes ${names.at(-1)}. For another version, get \`/openapi.json?version=\`.`,
    schema: { type: 'string', enum: names },
  };
  for (const { operation } of operationsIn(description)) {
    operation.parameters = [...(operation.parameters ?? []), { $ref: '#/components/parameters/ApiVersion' }];
  }
  description.components.parameters = { ApiVersion: parameter };
}
