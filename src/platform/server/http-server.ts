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
  /** For the request line and the headers. Slower clients only hold connections open. */
  headersTimeout: 15_000,
  /** For a whole request: 1 MiB over a slow line, with a margin. */
  requestTimeout: 120_000,
  /** How often the two timeouts are checked. */
  connectionsCheckingInterval: 2_500,
  /**
   * Longer than load balancers usually keep idle connections. So they close them first, and no request meets a closed
   * connection.
   */
  keepAliveTimeout: 75_000,
  /** `requireClearMessage` checks it, and responds with a problem document. */
  requireHostHeader: false,
};

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** Express on an HTTP server with timeouts and a limited number of connections. */
export class HttpServerAdapter extends ExpressAdapter {
  /** @param limits see `limitConnections` */
  constructor(private readonly limits: { total: number; perAddress: number }) {
    super();
  }

  override initHttpServer(): void {
    const express = this.getInstance<Express>();
    const server = createServer({ ...OPTIONS, ...expressMessages(express) }, oneAfterTheOther(express));
    // By default Node asks for the body before the sender has been checked.
    server.on('checkContinue', (request, response) => server.emit('request', request, response));
    // `requireClearMessage` refuses it with a problem document.
    server.on('checkExpectation', (request, response) => server.emit('request', request, response));
    limitConnections(server, this.limits);
    this.httpServer = server;
  }

  /**
   * From now on routes are added to the table too. Call it after the pages are registered and before the controllers.
   */
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

  /** Sends a handler's result as JSON in one write, without the other work of Express, such as entity tags. */
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
 * Requests and responses that inherit Express' methods from the start. Express changes the prototype of each plain one,
 * which makes V8 discard its optimizations: on Node 20, every later access to them is slow.
 */
function expressMessages(express: Express) {
  class ExpressRequest extends IncomingMessage {}
  class ExpressResponse extends ServerResponse<ExpressRequest> {}
  Object.setPrototypeOf(ExpressRequest.prototype, express.request);
  Object.setPrototypeOf(ExpressResponse.prototype, express.response);
  // Express sets the prototype of each message to these, which is the one that it already has.
  Object.assign(express, { request: ExpressRequest.prototype, response: ExpressResponse.prototype });
  return { IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse };
}

/** Asks a client that waits with its body to send it now (RFC 9110, 10.1.1). */
export function continueSending(response: Response): void {
  if (response.req.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
}
