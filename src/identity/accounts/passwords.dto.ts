import { Email, NewPassword, Password, Text } from '../../platform/validation/index.js';

export class ChangePasswordDto {
  @Password()
  current_password: string;

  /** At least 10 characters. Passwords known from data leaks are refused. */
  @NewPassword({ example: 'another long and private sentence' })
  new_password: string;
}

export class ForgotPasswordDto {
  @Email()
  email: string;
}

export class ResetPasswordDto {
  /** The part of the link in the mail after `#token=`. */
  @Text(200, { example: 'the token from the mail' })
  token: string;

  /** At least 10 characters. Passwords known from data leaks are refused. */
  @NewPassword({ example: 'another long and private sentence' })
  password: string;
}
