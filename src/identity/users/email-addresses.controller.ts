import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems, Public } from '../../platform/http/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { SessionPrincipal, RequireSession } from '../permissions/index.js';
import { RateOfSignIn } from '../sign-in-attempts/index.js';
import { VerifyEmailDto } from './email-addresses.dto.js';
import { EmailAddressesService } from './email-addresses.service.js';

@ApiTags('Authentication')
@Controller('auth')
export class EmailAddressesController {
  constructor(private readonly addresses: EmailAddressesService) {}

  /**
   * Verify an email address
   *
   * Confirms an email address with the token from the mail. A token works once.
   */
  @Post('verify-email')
  @RateOfSignIn('token')
  @HttpCode(204)
  @Idempotent()
  @Public()
  @ApiProblems(404)
  verify(@Body() body: VerifyEmailDto): Promise<void> {
    return this.addresses.verify(body);
  }

  /** Resend the verification mail */
  @Post('resend-verification')
  @HttpCode(202)
  @Idempotent()
  @RequireSession()
  resend(@SessionPrincipal() principal: SessionPrincipal): Promise<void> {
    return this.addresses.resendVerification(principal);
  }
}
