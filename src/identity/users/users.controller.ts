import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Idempotent } from '../../platform/idempotency/index.js';
import { RequireRecentSignInFor, RequireSession, SessionPrincipal } from '../permissions/index.js';
import { ProfileDto, UpdateProfileDto } from './profile.dto.js';
import { ProfileService } from './profile.service.js';

@ApiTags('Account')
@Controller('api/v1/users/me')
export class UsersController {
  constructor(private readonly profile: ProfileService) {}

  /** Get your profile */
  @Get()
  @RequireSession()
  me(@SessionPrincipal() principal: SessionPrincipal): Promise<ProfileDto> {
    return this.profile.get(principal);
  }

  /**
   * Update your profile
   *
   * Changes your name or email address. A new email address requires a sign-in within the last 15 minutes and takes
   * effect once you confirm it.
   */
  @Patch()
  @Idempotent()
  @RequireSession()
  @RequireRecentSignInFor('email')
  update(@SessionPrincipal() principal: SessionPrincipal, @Body() body: UpdateProfileDto): Promise<ProfileDto> {
    return this.profile.update(principal, body);
  }
}
