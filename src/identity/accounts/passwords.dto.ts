import { ApiProperty } from '@nestjs/swagger';
import { IsNotEmpty, IsString, MaxLength } from 'class-validator';
import { IsEmailAddress, IsNewPassword, IsPassword } from '../../platform/validation/index.js';

export class ChangePasswordDto {
  @ApiProperty({ example: 'a long and private sentence', maxLength: 1000 })
  @IsPassword()
  current_password: string;

  /** At least 10 characters, and not one that is known from leaks. */
  @ApiProperty({ example: 'another long and private sentence', minLength: 10, maxLength: 1000 })
  @IsNewPassword()
  new_password: string;
}

export class ForgotPasswordDto {
  @ApiProperty({ format: 'email', example: 'ada@example.com', maxLength: 254 })
  @IsEmailAddress()
  email: string;
}

export class ResetPasswordDto {
  /** What stands in the mail's link after `#token=`. */
  @ApiProperty({ maxLength: 200 })
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  token: string;

  /** At least 10 characters, and not one that is known from leaks. */
  @ApiProperty({ example: 'another long and private sentence', minLength: 10, maxLength: 1000 })
  @IsNewPassword()
  password: string;
}
