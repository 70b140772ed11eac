import { ApiProperty } from '@nestjs/swagger';
import type { SigningKey } from './signing-key.entity.js';

/** A public key (RFC 7517, RFC 7518 section 6.2). */
export class JwkDto {
  @ApiProperty({ example: 'EC' })
  kty: string;
  @ApiProperty({ example: 'P-256' })
  crv: string;
  @ApiProperty({ example: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU' })
  x: string;
  @ApiProperty({ example: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0' })
  y: string;
  /** Thumbprint of the key (RFC 7638). Tokens name it in their header. */
  @ApiProperty({ example: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs' })
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
