import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems, Principal, Public, RequireSession } from '../../platform/http/index.js';
import { RequestOrigin, type Origin } from './request-origin.js';
import { LoginDto, RefreshDto, SessionTokensDto } from './sessions.dto.js';
import { SessionsService } from './sessions.service.js';

@ApiTags('Authentication')
@Controller('auth')
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  /** Signs in with email address and password. */
  @Post('login')
  @HttpCode(200)
  @Public()
  @ApiProblems(400, 401, 413, 415)
  login(@Body() body: LoginDto, @RequestOrigin() origin: Origin): Promise<SessionTokensDto> {
    return this.sessions.login(body, origin);
  }

  /** Exchanges a refresh token for a new pair. The same exchange within 30 seconds gives the same refresh token. */
  @Post('refresh')
  @HttpCode(200)
  @Public()
  @ApiProblems(400, 401, 413, 415)
  refresh(@Body() body: RefreshDto, @RequestOrigin() origin: Origin): Promise<SessionTokensDto> {
    return this.sessions.refresh(body.refresh_token, origin);
  }

  /** Ends this session at once: its access and refresh tokens are refused from now on. */
  @Post('logout')
  @HttpCode(204)
  @RequireSession()
  logout(@Principal() principal: Principal): Promise<void> {
    return this.sessions.logout(principal);
  }
}
