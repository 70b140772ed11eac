import { Email, NewPassword, Password, Text } from '../../platform/validation/index.js';

export class ChangePasswordDto {
  @Password()
  current_password: string;

  /** At least 10 characters, and not one that is known from leaks. */
  @NewPassword({ example: 'another long and private sentence' })
  new_password: string;
}

export class ForgotPasswordDto {
  @Email()
  email: string;
}

export class ResetPasswordDto {
  /** What stands in the mail's link after `#token=`. */
  @Text(200)
  token: string;

  /** At least 10 characters, and not one that is known from leaks. */
  @NewPassword({ example: 'another long and private sentence' })
  password: string;
}
