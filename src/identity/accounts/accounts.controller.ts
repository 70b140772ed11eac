import { Body, Controller, Get, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems, Creates, Public } from '../../platform/http/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { SessionPrincipal, RequireSession } from '../permissions/index.js';
import { RateOfSignIn } from '../sign-in-attempts/index.js';
import { RequestOrigin, SessionTokensDto, type Origin } from '../sessions/index.js';
import { UserDto } from '../users/index.js';
import { RegisterDto } from './accounts.dto.js';
import { AccountsService } from './accounts.service.js';

@ApiTags('Authentication')
@Controller('auth')
export class AccountsController {
  constructor(private readonly accounts: AccountsService) {}

  /**
   * Register an account
   *
   * Creates the account with an organization of its own, or in the organization that invited it, and signs in. The response
   * contains the tokens of the new session.
   */
  @Post('register')
  @RateOfSignIn('call')
  @Creates('/auth/me')
  @Idempotent('lease')
  @Public()
  @ApiProblems(402, 403, 404)
  register(@Body() body: RegisterDto, @RequestOrigin() origin: Origin): Promise<SessionTokensDto> {
    return this.accounts.register(body, origin);
  }

  /** Get the signed-in user */
  @Get('me')
  @RequireSession()
  me(@SessionPrincipal() principal: SessionPrincipal): Promise<UserDto> {
    return this.accounts.me(principal);
  }
}
