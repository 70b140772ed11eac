import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { IsEmailAddress, IsName, IsNewPassword } from '../../platform/validation/index.js';
import { tiers } from '../permissions/index.js';

export class RegisterDto {
  @ApiProperty({ format: 'email', example: 'ada@example.com', maxLength: 254 })
  @IsEmailAddress()
  email: string;

  /** At least 10 characters, and not one that is known from leaks. */
  @ApiProperty({ example: 'a long and private sentence', minLength: 10, maxLength: 1000 })
  @IsNewPassword()
  password: string;

  @ApiProperty({ required: false, example: 'Ada Lovelace', maxLength: 200 })
  @IsOptional()
  @IsName()
  name?: string;

  /** Name of the organization to make; the person's own name if left out. */
  @ApiProperty({ required: false, example: 'Analytical Engines', maxLength: 200 })
  @IsOptional()
  @IsName()
  organization_name?: string;

  /** Only `free` can be had at registration. */
  @ApiProperty({ required: false, enum: tiers, default: 'free' })
  @IsOptional()
  @IsIn(tiers)
  subscription_plan?: string;
}
