import { Body, Controller, createParamDecorator, Get, HttpCode, Post, type ExecutionContext } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { ApiProblems, Creates, Principal, Public, RequireSession } from '../../platform/http/index.js';
import { LoginDto, RefreshDto, RegisterDto, SessionTokensDto, UserDto } from './sessions.dto.js';
import { SessionsService, type Origin } from './sessions.service.js';

const RequestOrigin = createParamDecorator((_data: unknown, context: ExecutionContext): Origin => {
  const request = context.switchToHttp().getRequest<Request>();
  return { ip: request.ip ?? 'unknown', userAgent: request.headers['user-agent']?.slice(0, 500) ?? null };
});

@ApiTags('Authentication')
@Controller('auth')
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  /** Makes an account with an organization of its own, and signs in. */
  @Post('register')
  @Creates('/auth/me')
  @Public()
  @ApiProblems(400, 402, 409, 413, 415)
  register(@Body() body: RegisterDto, @RequestOrigin() origin: Origin): Promise<SessionTokensDto> {
    return this.sessions.register(body, origin);
  }

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

  /** Who is signed in. */
  @Get('me')
  @RequireSession()
  me(@Principal() principal: Principal): Promise<UserDto> {
    return this.sessions.me(principal);
  }
}
