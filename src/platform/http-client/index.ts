import { Global, Module } from '@nestjs/common';
import { HttpClient } from './http-client.js';
import { PublicAddresses } from './public-addresses.js';
import { PublicHttpClient } from './public-http-client.js';

export { HttpClient } from './http-client.js';
export { PrivateAddressError, PublicAddresses } from './public-addresses.js';
export { PublicHttpClient } from './public-http-client.js';

@Global()
@Module({
  providers: [HttpClient, PublicAddresses, PublicHttpClient],
  exports: [HttpClient, PublicAddresses, PublicHttpClient],
})
export class HttpClientModule {}
