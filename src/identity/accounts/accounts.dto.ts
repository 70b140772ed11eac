import { IsOptional } from 'class-validator';
import { Email, Name, NewPassword, OneOf } from '../../platform/validation/index.js';
import { tiers } from '../permissions/index.js';

export class RegisterDto {
  @Email()
  email: string;

  /** At least 10 characters. Passwords known from data leaks are refused. */
  @NewPassword({ example: 'a long and private sentence' })
  password: string;

  @IsOptional()
  @Name({ required: false, example: 'Ada Lovelace' })
  name?: string;

  /** Name of the new organization. Defaults to the name of the person. */
  @IsOptional()
  @Name({ required: false, example: 'Analytical Engines' })
  organization_name?: string;

  /** Only `free` is available at registration. */
  @IsOptional()
  @OneOf(tiers, { required: false, default: 'free' })
  subscription_plan?: string;
}
