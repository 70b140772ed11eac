import { Global, Module } from '@nestjs/common';
import { HttpClient } from './http-client.js';

/** Apart from HttpModule: the command line calls nobody. */
@Global()
@Module({ providers: [HttpClient], exports: [HttpClient] })
export class HttpClientModule {}
