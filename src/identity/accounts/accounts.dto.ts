import { IsOptional } from 'class-validator';
import { Email, Name, NewPassword, OneOf } from '../../platform/validation/index.js';
import { tiers } from '../permissions/index.js';

export class RegisterDto {
  @Email()
  email: string;

  /** At least 10 characters, and not one that is known from leaks. */
  @NewPassword({ example: 'a long and private sentence' })
  password: string;

  @IsOptional()
  @Name({ required: false, example: 'Ada Lovelace' })
  name?: string;

  /** Name of the organization to make; the person's own name if left out. */
  @IsOptional()
  @Name({ required: false, example: 'Analytical Engines' })
  organization_name?: string;

  /** Only `free` can be had at registration. */
  @IsOptional()
  @OneOf(tiers, { required: false, default: 'free' })
  subscription_plan?: string;
}
