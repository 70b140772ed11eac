import { Body, Controller, Delete, Get, HttpCode, Patch } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Idempotent } from '../../platform/idempotency/index.js';
import { SessionPrincipal, RequireRecentSignIn, RequireRecentSignInFor, RequireSession } from '../permissions/index.js';
import { ChecksPassword } from '../sign-in-attempts/index.js';
import { EraseAccount } from './erase-account.js';
import { ProfileService } from './profile.service.js';
import { EraseAccountDto, ProfileDto, UpdateProfileDto } from './profile.dto.js';

@ApiTags('Authentication')
@Controller('api/v1/users/me')
export class UsersController {
  constructor(
    private readonly profile: ProfileService,
    private readonly eraseAccount: EraseAccount,
  ) {}

  /** Your own account. */
  @Get()
  @RequireSession()
  me(@SessionPrincipal() principal: SessionPrincipal): Promise<ProfileDto> {
    return this.profile.get(principal);
  }

  /** Changes the name or the email address. The address asks for a sign-in within the last 15 minutes. */
  @Patch()
  @Idempotent()
  @RequireSession()
  @RequireRecentSignInFor('email')
  update(@SessionPrincipal() principal: SessionPrincipal, @Body() body: UpdateProfileDto): Promise<ProfileDto> {
    return this.profile.update(principal, body);
  }

  /**
   * Deletes your account and erases your personal data, for good. Organizations in which you are alone are deleted with it;
   * where others remain, somebody else must be an owner.
   */
  @Delete()
  @HttpCode(204)
  @Idempotent('lease')
  @RequireSession()
  @RequireRecentSignIn()
  @ChecksPassword()
  erase(@SessionPrincipal() principal: SessionPrincipal, @Body() body: EraseAccountDto): Promise<void> {
    return this.eraseAccount.erase(principal, body);
  }
}
