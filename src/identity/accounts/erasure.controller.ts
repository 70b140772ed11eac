import { Body, Controller, Delete, HttpCode } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Idempotent } from '../../platform/idempotency/index.js';
import { RequireRecentSignIn, RequireSession, SessionPrincipal } from '../permissions/index.js';
import { ChecksPassword } from '../sign-in-attempts/index.js';
import { EraseAccount } from './erase-account.js';
import { EraseAccountDto } from './erasure.dto.js';

@ApiTags('Authentication')
@Controller('api/v1/users/me')
export class ErasureController {
  constructor(private readonly eraseAccount: EraseAccount) {}

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
  // The name that it had before it was a controller of its own.
  @ApiOperation({ operationId: 'Users_erase' })
  erase(@SessionPrincipal() principal: SessionPrincipal, @Body() body: EraseAccountDto): Promise<void> {
    return this.eraseAccount.erase(principal, body);
  }
}
