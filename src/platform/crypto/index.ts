import { Global, Module } from '@nestjs/common';
import { Crypto } from './crypto.js';
import { Passwords } from './passwords.js';

export { Crypto } from './crypto.js';
export { Passwords } from './passwords.js';

@Global()
@Module({ providers: [Crypto, Passwords], exports: [Crypto, Passwords] })
export class CryptoModule {}
