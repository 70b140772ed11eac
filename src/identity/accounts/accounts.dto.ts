import { ApiProperty } from '@nestjs/swagger';
import { IsEmail, IsIn, IsOptional, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { tiers } from '../../platform/http/index.js';
import { LowerCase } from '../sessions/index.js';

export class RegisterDto {
  @ApiProperty({ format: 'email', example: 'ada@example.com', maxLength: 254 })
  @LowerCase()
  @IsEmail()
  @MaxLength(254)
  email: string;

  /** At least 10 characters, and not one that is known from leaks. */
  @ApiProperty({ example: 'a long and private sentence', minLength: 10, maxLength: 1000 })
  @IsString()
  @MinLength(10)
  @MaxLength(1000)
  password: string;

  @ApiProperty({ required: false, example: 'Ada Lovelace', maxLength: 200 })
  @IsOptional()
  @IsString()
  @Matches(/\S/, { message: 'must contain some text' })
  @MaxLength(200)
  name?: string;

  /** Name of the organization to make; the person's own name if left out. */
  @ApiProperty({ required: false, example: 'Analytical Engines', maxLength: 200 })
  @IsOptional()
  @IsString()
  @Matches(/\S/, { message: 'must contain some text' })
  @MaxLength(200)
  organization_name?: string;

  /** Only `free` can be had at registration. */
  @ApiProperty({ required: false, enum: tiers, default: 'free' })
  @IsOptional()
  @IsIn(tiers)
  subscription_plan?: string;
}
