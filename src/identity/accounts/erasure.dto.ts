import { ApiProperty } from '@nestjs/swagger';
import { IsPassword } from '../../platform/validation/index.js';

export class EraseAccountDto {
  @ApiProperty({ example: 'a long and private sentence', maxLength: 1000 })
  @IsPassword()
  password: string;
}
