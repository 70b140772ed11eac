import { Controller, Get, Header } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CacheFor, Public } from '../../platform/http/index.js';
import type { JwksDto } from './signing-keys.dto.js';
import { SigningKeysService } from './signing-keys.service.js';

/** How long a verifier may keep the keys: much shorter than the overlap of a rotation. */
const CACHE_SECONDS = 300;

@ApiTags('OAuth')
@Controller('oauth')
export class SigningKeysController {
  constructor(private readonly signingKeys: SigningKeysService) {}

  /**
   * Get the public signing keys
   *
   * The public keys of all valid access tokens as a JSON Web Key Set (RFC 7517). Fetch it again when a token names an
   * unknown `kid`.
   */
  @Get('jwks')
  @Public()
  @CacheFor(CACHE_SECONDS)
  @Header('Access-Control-Allow-Origin', '*')
  list(): Promise<JwksDto> {
    return this.signingKeys.getJwks();
  }
}
