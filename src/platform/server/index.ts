import { Global, Module } from '@nestjs/common';
import { Drain } from './drain.js';

export { chain } from './chain.js';
export { answerClientErrors } from './client-errors.js';
export { compress } from './compress.js';
export { corsFor } from './cors.js';
export { Drain, drainOf } from './drain.js';
export { requireClearMessage } from './http-message.js';
export { continueSending, HttpServerAdapter } from './http-server.js';
export { RouteTable } from './route-table.js';
export { letBeStored, setStandardHeaders } from './standard-headers.js';
export { cutOffAfterResponse, letUnreadBodyRunOut } from './unread-body.js';

@Global()
@Module({ providers: [Drain], exports: [Drain] })
export class ServerModule {}
