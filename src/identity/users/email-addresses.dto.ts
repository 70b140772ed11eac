export class VerifyEmailDto {
  /** The part of the link in the mail after `#token=`. */
  @Text(200, { example: 'the token from the mail' })
  token: string;
}
import { Email, Text } from '../../platform/validation/index.js';

/** Input of an operator on the command line. */
export class SetEmailDto {
  @Email()
  email: string;
}
