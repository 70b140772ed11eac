import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { packageRoot } from '../platform/config/index.js';
import { icon } from '../platform/pages/index.js';

const { resolve } = createRequire(join(packageRoot, 'package.json'));
const folderOf = (name: string): string => dirname(resolve(`${name}/package.json`));
const read = (...path: string[]): string => readFileSync(join(...path), 'utf8');
const own = (name: string): string => read(packageRoot, 'pages', 'reference', name);

/**
 * Swagger UI and ReDoc insert their own styles into the page, and ReDoc searches in a worker created from its own text. Scripts
 * come only from this server, and nothing is loaded from, sent to or framed by another one.
 */
const POLICY = [
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

const pageOf = (
  title: string,
  folder: string,
  { body, styles, scripts }: Record<'body' | 'styles' | 'scripts', string[] | string>,
): string =>
  `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${title}</title>
    ${icon.toString()}
${[styles]
  .flat()
  .map((name) => `    <link rel="stylesheet" href="${folder}/${name}" />\n`)
  .join('')}  </head>
  <body>
    ${[body].flat().join('')}
${[scripts]
  .flat()
  .map((name) => `    <script src="${folder}/${name}"></script>\n`)
  .join('')}  </body>
</html>
`;

const SWAGGER_PAGE = pageOf('Parlance API', '/docs', {
  body: '<div id="swagger-ui"></div>',
  styles: ['swagger-ui.css', 'swagger.css'],
  scripts: ['swagger-ui-bundle.js', 'swagger.js'],
});
const REDOC_PAGE = pageOf('Parlance API reference', '/redoc', {
  body: '<div id="redoc"></div>',
  styles: ['redoc.css'],
  scripts: ['redoc.standalone.js', 'redoc.js'],
});

/** An image that ReDoc's footer loads from another server. */
const LOGO = 'https://cdn.redoc.ly/redoc/logo-mini.svg';

/** Serves Swagger UI at /docs and ReDoc at /redoc, with all their files. */
export function mountReaders(app: NestExpressApplication): void {
  const swagger = folderOf('swagger-ui-dist');
  const files: Record<string, Buffer> = {
    '/docs/swagger-ui.css': Buffer.from(read(swagger, 'swagger-ui.css')),
    '/docs/swagger-ui-bundle.js': Buffer.from(read(swagger, 'swagger-ui-bundle.js')),
    '/docs/swagger.css': Buffer.from(own('swagger.css')),
    '/docs/swagger.js': Buffer.from(own('swagger.js')),
    '/redoc/redoc.standalone.js': Buffer.from(
      read(folderOf('redoc'), 'bundles', 'redoc.standalone.js').replaceAll(LOGO, 'data:,'),
    ),
    '/redoc/redoc.css': Buffer.from(own('redoc.css')),
    '/redoc/redoc.js': Buffer.from(own('redoc.js')),
  };
  app.use(['/docs', '/redoc'], underPolicy);
  const http = app.getHttpAdapter().getInstance();
  http.get('/docs', (_request: Request, response: Response) => response.type('html').send(SWAGGER_PAGE));
  http.get('/redoc', (_request: Request, response: Response) => response.type('html').send(REDOC_PAGE));
  for (const [path, bytes] of Object.entries(files)) {
    const type = path.endsWith('.css') ? 'css' : 'js';
    http.get(path, (_request: Request, response: Response) =>
      response.set('Cache-Control', 'public, max-age=86400').type(type).send(bytes),
    );
  }
}

function underPolicy(_request: Request, response: Response, next: NextFunction): void {
  response.set('Content-Security-Policy', POLICY);
  next();
}
