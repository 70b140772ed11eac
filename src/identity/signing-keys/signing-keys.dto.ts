import { ApiProperty } from '@nestjs/swagger';
import type { SigningKey } from './signing-key.entity.js';

/** A public key (RFC 7517, RFC 7518 section 6.2). */
export class JwkDto {
  @ApiProperty({ example: 'EC' })
  kty: string;
  @ApiProperty({ example: 'P-256' })
  crv: string;
  x: string;
  y: string;
  /** Its thumbprint (RFC 7638): tokens name it in their header. */
  kid: string;
  @ApiProperty({ enum: ['sig'] })
  use: 'sig';
  @ApiProperty({ example: 'ES256' })
  alg: string;

  static from({ id, algorithm, publicJwk: { kty = '', crv = '', x = '', y = '' } }: SigningKey): JwkDto {
    return { kty, crv, x, y, kid: id, use: 'sig', alg: algorithm };
  }
}

export class JwksDto {
  keys: JwkDto[];
}
