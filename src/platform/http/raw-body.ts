import type { IncomingMessage } from 'node:http';

type WithBody = IncomingMessage & { rawBody?: Buffer };

/** Keeps the bytes of a body as they came, for whoever has to compare or sign them. */
export function keepRawBody(request: IncomingMessage, body: Buffer): void {
  (request as WithBody).rawBody = body;
}

export const rawBodyOf = (request: IncomingMessage): Buffer => (request as WithBody).rawBody ?? Buffer.alloc(0);
