import { Global, Module } from '@nestjs/common';
import { HttpClient } from './http-client.js';
import { PublicHttpClient } from './public-http-client.js';

export { HttpClient } from './http-client.js';
export { PublicHttpClient } from './public-http-client.js';

@Global()
@Module({ providers: [HttpClient, PublicHttpClient], exports: [HttpClient, PublicHttpClient] })
export class HttpClientModule {}
