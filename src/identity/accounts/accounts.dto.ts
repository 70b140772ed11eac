import { IsOptional } from 'class-validator';
import { Email, MayBeOmitted, Name, NewPassword, OneOf, Text } from '../../platform/validation/index.js';
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

  /** Name of the new organization. Defaults to the name of the person. Not used with `invitation_token`. */
  @IsOptional()
  @Name({ required: false, example: 'Analytical Engines' })
  organization_name?: string;

  /**
   * The token of an invitation by mail. The account joins that organization instead of getting its own, and its address counts as
   * confirmed. `email` must be the invited address.
   */
  @MayBeOmitted()
  @Text(500, { required: false })
  invitation_token?: string;

  /** Only `free` is available at registration. */
  @IsOptional()
  @OneOf(tiers, { required: false, default: 'free' })
  subscription_plan?: string;
}
