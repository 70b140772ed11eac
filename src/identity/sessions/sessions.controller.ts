import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems, Public } from '../../platform/http/index.js';
import { ApiPage, PageQuery, type Page } from '../../platform/paging/index.js';
import { Id } from '../../platform/validation/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { SessionPrincipal, RequireSession } from '../permissions/index.js';
import { ChecksPassword, RateOfSignIn } from '../sign-in-attempts/index.js';
import { UserDto } from '../users/index.js';
import { OwnSessions } from './own-sessions.js';
import { RequestOrigin, type Origin } from './request-origin.js';
import {
  LoginDto,
  ReauthenticateDto,
  RefreshDto,
  SessionDto,
  SessionTokensDto,
  SwitchOrganizationDto,
} from './sessions.dto.js';
import { SessionsService } from './sessions.service.js';
import { SignIn } from './sign-in.js';

@ApiTags('Authentication')
@Controller('auth')
export class SessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly signIn: SignIn,
    private readonly own: OwnSessions,
  ) {}

  /**
   * Sign in
   *
   * Signs in with email address and password. After 10 failures within 15 minutes, the account is locked for your IP
   * address.
   */
  @Post('login')
  @RateOfSignIn('password')
  @HttpCode(200)
  @Idempotent('lease')
  @Public()
  @ApiProblems(401, 403)
  login(@Body() body: LoginDto, @RequestOrigin() origin: Origin): Promise<SessionTokensDto> {
    return this.signIn.login(body, origin);
  }

  /**
   * Refresh a session
   *
   * Exchanges a refresh token for a new access token and refresh token. A retry within 30 seconds returns the same
   * refresh token. Later reuse of an old refresh token ends the session.
   */
  @Post('refresh')
  @RateOfSignIn('token')
  @HttpCode(200)
  @Idempotent('lease')
  @Public()
  @ApiProblems(401)
  refresh(@Body() body: RefreshDto, @RequestOrigin() origin: Origin): Promise<SessionTokensDto> {
    return this.sessions.refresh(body.refresh_token, origin);
  }

  /**
   * Confirm your password
   *
   * Renews this session for operations that require a sign-in within the last 15 minutes.
   */
  @Post('reauthenticate')
  @HttpCode(204)
  @Idempotent('lease')
  @RequireSession()
  @ChecksPassword()
  reauthenticate(@SessionPrincipal() principal: SessionPrincipal, @Body() body: ReauthenticateDto): Promise<void> {
    return this.signIn.reauthenticate(principal, body.password);
  }

  /**
   * Sign out
   *
   * Ends this session. Its access and refresh tokens are refused at once.
   */
  @Post('logout')
  @HttpCode(204)
  @Idempotent()
  @RequireSession()
  logout(@SessionPrincipal() principal: SessionPrincipal): Promise<void> {
    return this.own.end(principal, principal.credentialId);
  }

  /**
   * Switch the organization
   *
   * Moves this session to another of your organizations. The tokens stay the same.
   */
  @Post('switch-organization')
  @HttpCode(200)
  @Idempotent()
  @RequireSession()
  @ApiProblems(404)
  switchOrganization(
    @SessionPrincipal() principal: SessionPrincipal,
    @Body() body: SwitchOrganizationDto,
  ): Promise<UserDto> {
    return this.own.switchOrganization(principal, body.organization_id);
  }

  /**
   * List your sessions
   *
   * Newest first.
   */
  @Get('sessions')
  @RequireSession()
  @ApiPage(SessionDto)
  list(@SessionPrincipal() principal: SessionPrincipal, @Query() query: PageQuery): Promise<Page<SessionDto>> {
    return this.own.list(principal, query);
  }

  /**
   * End all other sessions
   *
   * Ends all your sessions except this one.
   */
  @Delete('sessions')
  @HttpCode(204)
  @Idempotent()
  @RequireSession()
  endOthers(@SessionPrincipal() principal: SessionPrincipal): Promise<void> {
    return this.own.endOthers(principal);
  }

  /**
   * End a session
   *
   * Ends one of your sessions at once.
   */
  @Delete('sessions/:id')
  @HttpCode(204)
  @Idempotent()
  @RequireSession()
  end(@SessionPrincipal() principal: SessionPrincipal, @Id('Session') id: string): Promise<void> {
    return this.own.end(principal, id);
  }
}
