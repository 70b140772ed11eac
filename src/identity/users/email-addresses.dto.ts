export class VerifyEmailDto {
  /** What stands in the mail's link after `#token=`. */
  @Text(200)
  token: string;
}
import { Email, Text } from '../../platform/validation/index.js';

/** What an operator gives at the command line. */
export class SetEmailDto {
  @Email()
  email: string;
}
