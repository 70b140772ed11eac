import { IsOptional } from 'class-validator';
import { Email, MayBeOmitted, Name, NewPassword, OneOf, Text } from '../../platform/validation/index.js';
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

  /** Name of the organization to create; the person's own name if left out. Not used with `invitation_token`. */
  @IsOptional()
  @Name({ required: false, example: 'Analytical Engines' })
  organization_name?: string;

  /**
   * From an invitation by mail: the account joins that organization, gets none of its own, and its address is confirmed. `email`
   * must be the invited address.
   */
  @MayBeOmitted()
  @Text(500, { required: false })
  invitation_token?: string;

  /** Only `free` can be had at registration. */
  @IsOptional()
  @OneOf(tiers, { required: false, default: 'free' })
  subscription_plan?: string;
}
