import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems, Public } from '../../platform/http/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { SessionPrincipal, RequireRecentSignIn, RequireSession } from '../permissions/index.js';
import { ChecksPassword, RateOfSignIn } from '../sign-in-attempts/index.js';
import { ChangePasswordDto, ForgotPasswordDto, ResetPasswordDto } from './passwords.dto.js';
import { PasswordsService } from './passwords.service.js';

@ApiTags('Authentication')
@Controller('auth')
export class PasswordsController {
  constructor(private readonly passwords: PasswordsService) {}

  /**
   * Change your password
   *
   * Ends all your other sessions. Requires a sign-in within the last 15 minutes.
   */
  @Post('change-password')
  @HttpCode(204)
  @Idempotent('lease')
  @RequireSession()
  @RequireRecentSignIn()
  @ChecksPassword()
  change(@SessionPrincipal() principal: SessionPrincipal, @Body() body: ChangePasswordDto): Promise<void> {
    return this.passwords.change(principal, body);
  }

  /**
   * Request a password reset
   *
   * Mails a link to set a new password. The response is the same whether or not an account has this address.
   */
  @Post('forgot-password')
  @RateOfSignIn('call')
  @HttpCode(202)
  @Idempotent()
  @Public()
  forgot(@Body() body: ForgotPasswordDto): Promise<void> {
    return this.passwords.forgot(body);
  }

  /**
   * Reset a password
   *
   * Sets a new password with the token from the mail. A token works once. All sessions of the account end. If the
   * email address was not confirmed before, the API keys and invitations of the account are revoked too, because
   * somebody else may have registered it.
   */
  @Post('reset-password')
  @RateOfSignIn('token')
  @HttpCode(204)
  @Idempotent('lease')
  @Public()
  @ApiProblems(404)
  reset(@Body() body: ResetPasswordDto): Promise<void> {
    return this.passwords.reset(body);
  }
}
