import { ApiProperty } from '@nestjs/swagger';
import { IsNotEmpty, IsString, MaxLength } from 'class-validator';
import { IsEmailAddress } from '../../platform/validation/index.js';

export class VerifyEmailDto {
  /** What stands in the mail's link after `#token=`. */
  @ApiProperty({ maxLength: 200 })
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  token: string;
}

/** What an operator gives at the command line. */
export class SetEmailDto {
  @IsEmailAddress()
  email: string;
}
