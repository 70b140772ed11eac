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

  /** Changes the password, and ends every other session of the person. */
  @Post('change-password')
  @HttpCode(204)
  @Idempotent('lease')
  @RequireSession()
  @RequireRecentSignIn()
  @ChecksPassword()
  change(@SessionPrincipal() principal: SessionPrincipal, @Body() body: ChangePasswordDto): Promise<void> {
    return this.passwords.change(principal, body);
  }

  /** Mails a link with which a new password can be set. Answers alike whether there is such an account or not. */
  @Post('forgot-password')
  @RateOfSignIn('call')
  @HttpCode(202)
  @Idempotent()
  @Public()
  forgot(@Body() body: ForgotPasswordDto): Promise<void> {
    return this.passwords.forgot(body);
  }

  /**
   * Sets a new password with the token of a mail, once, and ends every session of the person. If the email address had not been
   * confirmed before, API keys and invitations of the account end too: somebody else may have registered it.
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
