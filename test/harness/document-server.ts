import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** The key of localhost-certificate.pem, which `npm test` lets Node.js trust. It protects nothing. */
const KEY =
  'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgqsyBq9EyvSfK1uUmg90hKB0eCrxRwVUgm4+NwWL0I7ahRANCAAT8ovndvf9+ptPPWAAWQ2YelWkWIrYoIBpGi2rSJWhCBXic0Y9etdOgMoO3LJMEhCfx+b1l9sdo/Uje17b1Abs0';

/** A certificate of `localhost` and 127.0.0.1 that Node.js trusts in tests. */
export const localhostCertificate = (): { key: string; cert: string } => ({
  key: createPrivateKey({ key: Buffer.from(KEY, 'base64'), format: 'der', type: 'pkcs8' })
    .export({ format: 'pem', type: 'pkcs8' })
    .toString(),
  cert: readFileSync(join(import.meta.dirname, 'localhost-certificate.pem'), 'utf8'),
});

export interface DocumentServer {
  /** https://localhost:PORT */
  origin: string;
  /** Paths of the requests so far. */
  asked: string[];
  close(): Promise<void>;
}

/** A server of documents, on this machine. */
export async function startDocumentServer(
  respond: (request: IncomingMessage, response: ServerResponse, origin: string) => void,
): Promise<DocumentServer> {
  const asked: string[] = [];
  const server = createServer(localhostCertificate());
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  server.on('request', (request, response) => {
    asked.push(request.url ?? '');
    respond(request, response, origin);
  });
  return {
    origin,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
