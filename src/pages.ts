import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import { packageRoot } from './platform/config/index.js';

/** What the links in mails open: address below /auth and file in pages/ -> title. */
const PAGES = {
  'verify-email': 'Confirm your email address',
  'reset-password': 'Set a new password',
  'accept-invitation': 'Join the organization',
};

/** Where they are served. */
export const pagePaths = Object.keys(PAGES).map((name) => `/auth/${name}`);

const read = (name: string): string => readFileSync(join(packageRoot, 'pages', name), 'utf8');
const sourceOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Serves the pages. Each is whole in itself, so its policy allows this one script and style, calls to this server, and nothing else. */
export function mountPages(app: NestExpressApplication): void {
  const [script, style] = [read('page.js'), read('page.css')];
  const headers = {
    'Content-Security-Policy': [
      "default-src 'none'",
      `script-src ${sourceOf(script)}`,
      `style-src ${sourceOf(style)}`,
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
  };
  const http = app.getHttpAdapter().getInstance();
  for (const [name, title] of Object.entries(PAGES)) {
    const text = pageOf({ name, title, script, style });
    http.get(`/auth/${name}`, (_request: Request, response: Response) => response.set(headers).type('html').send(text));
  }
}

const pageOf = ({ name, title, script, style }: Record<'name' | 'title' | 'script' | 'style', string>): string =>
  `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${style}</style>
</head>
<body data-page="${name}">
<main>
${read(`${name}.html`)}<p role="status"></p>
<noscript>This page needs JavaScript.</noscript>
</main>
<script>${script}</script>
</body>
</html>
`;
