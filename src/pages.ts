import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import { linkPages } from './identity/link-pages/index.js';
import type { Instance } from './platform/config/index.js';
import { sendPage } from './platform/pages/index.js';

/** Serves the pages opened by links in mails. They handle secrets, so they are never cached. */
export function mountPages(app: NestExpressApplication, instance: Instance): void {
  const http = app.getHttpAdapter().getInstance();
  for (const [path, page] of linkPages(instance)) {
    http.get(path, (_request: Request, response: Response) =>
      sendPage(response.set('Cache-Control', 'no-store'), page),
    );
  }
}
