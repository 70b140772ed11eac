import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { StreamableFile } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Express, RequestHandler, Response } from 'express';
import type { HTTPMethod } from 'find-my-way';
import { endSoon, presentBody } from '../http/index.js';
import { limitConnections } from './connections.js';
import { oneAfterTheOther } from './one-after-the-other.js';
import type { RouteTable } from './route-table.js';

const OPTIONS = {
  /** For the request line and the headers: what comes slower is somebody who holds connections open. */
  headersTimeout: 15_000,
  /** For a whole request: 1 MiB over a slow line, with plenty of room. */
  requestTimeout: 120_000,
  /** How often the two are looked at. */
  connectionsCheckingInterval: 2_500,
  /** Longer than balancers commonly keep idle connections, so that it is they who close them, and no request meets a closed one. */
  keepAliveTimeout: 75_000,
  /** Looked at where the refusal is a problem document (`requireClearMessage`). */
  requireHostHeader: false,
};

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** Express behind an HTTP server that waits for nobody forever, and holds a bounded number of connections. */
export class HttpServerAdapter extends ExpressAdapter {
  /** @param limits see `limitConnections` */
  constructor(private readonly limits: { total: number; perAddress: number }) {
    super();
  }

  override initHttpServer(): void {
    const express = this.getInstance<Express>();
    const server = createServer({ ...OPTIONS, ...expressMessages(express) }, oneAfterTheOther(express));
    // By default Node asks for the body before anybody has looked at who sends it.
    server.on('checkContinue', (request, response) => server.emit('request', request, response));
    limitConnections(server, this.limits);
    this.httpServer = server;
  }

  /** From here on, routes are listed in the table too: those of controllers, when pages stand already. */
  listRoutesIn(table: RouteTable): void {
    const express = this.getInstance<Express>();
    const registering = METHODS.map((method) => {
      const register = (path: string, handler: RequestHandler): void => {
        table.add(method.toUpperCase() as HTTPMethod, path, handler);
        express[method](path, handler);
      };
      return [method, register] as const;
    });
    Object.assign(this, Object.fromEntries(registering));
  }

  /** Sends what handlers return as JSON in one write. What Express does besides, entity tags above all, is off here. */
  override reply(response: Response, body: unknown, statusCode?: number): void {
    if (typeof body !== 'object' || body === null || body instanceof StreamableFile || body instanceof Error) {
      super.reply(response, body, statusCode);
      return;
    }
    if (statusCode !== undefined) response.statusCode = statusCode;
    const text = JSON.stringify(presentBody(response, body));
    if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', 'application/json; charset=utf-8');
    response.setHeader('Content-Length', Buffer.byteLength(text));
    endSoon(response, text);
  }
}

/**
 * Requests and responses that have Express' methods from the start. Express gives them to plain ones by changing the prototype of
 * each, which makes V8 forget what it has learned about these objects: on Node 20, all later access to them is slow.
 */
function expressMessages(express: Express) {
  class ExpressRequest extends IncomingMessage {}
  class ExpressResponse extends ServerResponse<ExpressRequest> {}
  Object.setPrototypeOf(ExpressRequest.prototype, express.request);
  Object.setPrototypeOf(ExpressResponse.prototype, express.response);
  // Express sets the prototype to these: it is the one that they have.
  Object.assign(express, { request: ExpressRequest.prototype, response: ExpressResponse.prototype });
  return { IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse };
}

/** Tells a client that waits for it to send its body now (RFC 9110, 10.1.1). */
export function continueSending(response: Response): void {
  if (response.req.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
}
