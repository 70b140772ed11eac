import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { NextFunction, Request, Response } from 'express';
import { packageRoot } from './platform/config/index.js';
import { layout, sendPage } from './platform/pages/index.js';
import { changelogPage } from './platform/versions/index.js';
import { versions } from './versions.js';

const REDOC_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Parlance API reference</title>
    <style>body { margin: 0 }</style>
  </head>
  <body>
    <redoc spec-url="/openapi.json"></redoc>
    <script src="/redoc/redoc.standalone.js"></script>
  </body>
</html>
`;

/**
 * Swagger UI and ReDoc put their own styles into the page, and ReDoc searches in a worker that it makes of its own text. Scripts
 * come from here alone, and nothing is loaded from, sent to or framed by anybody else.
 */
const READER_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  'worker-src blob:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Serves the API's description at /openapi.json, Swagger UI at /docs, ReDoc at /redoc and its history at /changelog, with all
 * assets from here.
 * The document is the committed file, which CI keeps true to the code: nothing is worked out at boot.
 */
export function mountDocs(app: NestExpressApplication, instance: string): void {
  // Bytes: a text would be encoded for each caller anew.
  const bytes = readFileSync(join(packageRoot, 'openapi.json'));
  const document = JSON.parse(bytes.toString()) as OpenAPIObject;
  const redoc = join(
    dirname(createRequire(join(packageRoot, 'package.json')).resolve('redoc/package.json')),
    'bundles',
  );
  app.use(['/docs', '/redoc'], underPolicy);
  const http = app.getHttpAdapter().getInstance();
  http.get('/openapi.json', (_request: Request, response: Response) => response.type('application/json').send(bytes));
  http.get('/redoc', (_request: Request, response: Response) => response.type('html').send(REDOC_PAGE));
  http.get('/redoc/redoc.standalone.js', (_request: Request, response: Response) =>
    response.sendFile('redoc.standalone.js', { root: redoc, maxAge: '1d' }),
  );
  const changelog = layout(
    instance,
    changelogPage(versions, (operation) => addressIn(document, operation)),
  );
  http.get('/changelog', (_request: Request, response: Response) => sendPage(response, changelog));
  SwaggerModule.setup('docs', app, document, {
    customSiteTitle: 'Parlance API',
    raw: false,
    swaggerOptions: { displayRequestDuration: true },
  });
}

function underPolicy(_request: Request, response: Response, next: NextFunction): void {
  response.set('Content-Security-Policy', READER_POLICY);
  next();
}

/** Method and path of an operation. */
function addressIn({ paths }: OpenAPIObject, operationId: string): string {
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods) as [string, { operationId?: string }][]) {
      if (operation.operationId === operationId) return `${method.toUpperCase()} ${path}`;
    }
  }
  throw new Error(`openapi.json has no operation ${operationId}`);
}
