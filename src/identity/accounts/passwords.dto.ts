import { ApiProperty } from '@nestjs/swagger';
import { IsEmail, IsNotEmpty, IsString, MaxLength, MinLength } from 'class-validator';
import { LowerCase } from '../sessions/index.js';

export class ChangePasswordDto {
  @ApiProperty({ example: 'a long and private sentence', maxLength: 1000 })
  @IsString()
  @IsNotEmpty()
  @MaxLength(1000)
  current_password: string;

  /** At least 10 characters, and not one that is known from leaks. */
  @ApiProperty({ example: 'another long and private sentence', minLength: 10, maxLength: 1000 })
  @IsString()
  @MinLength(10)
  @MaxLength(1000)
  new_password: string;
}

export class ForgotPasswordDto {
  @ApiProperty({ format: 'email', example: 'ada@example.com', maxLength: 254 })
  @LowerCase()
  @IsEmail()
  @MaxLength(254)
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
  @IsString()
  @MinLength(10)
  @MaxLength(1000)
  password: string;
}
