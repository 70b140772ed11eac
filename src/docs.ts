import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import { Documents } from './docs/documents.js';
import { mountReaders } from './docs/readers.js';
import { operationsIn, type Description } from './openapi/description.js';
import { Config, type Instance } from './platform/config/index.js';
import { layout, sendPage } from './platform/pages/index.js';
import { changelogPage } from './platform/versions/index.js';
import { versions } from './versions.js';

/** Serves the OpenAPI document at /openapi.json, Swagger UI at /docs, ReDoc at /redoc and the changelog at /changelog. */
export function mountDocs(app: NestExpressApplication, instance: Instance): void {
  const documents = new Documents(app.get(Config).publicUrl);
  const http = app.getHttpAdapter().getInstance();
  http.get('/openapi.json', ({ query }: Request, response: Response) => {
    const bytes = documents.get(query['version']);
    response.type('application/json').send(bytes);
  });
  mountReaders(app);
  const changelog = layout(
    instance,
    changelogPage(versions, (operation) => addressIn(documents.latest, operation)),
  );
  http.get('/changelog', (_request: Request, response: Response) => sendPage(response, changelog));
}

/** Method and path of an operation. */
function addressIn(description: Description, operationId: string): string {
  const found = operationsIn(description).find(({ operation }) => operation.operationId === operationId);
  if (!found) throw new Error(`openapi.json has no operation ${operationId}`);
  return `${found.method.toUpperCase()} ${found.path}`;
}
