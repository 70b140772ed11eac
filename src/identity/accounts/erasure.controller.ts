import { Body, Controller, Delete, HttpCode } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { OperationId } from '../../platform/http/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { RequireRecentSignIn, RequireSession, SessionPrincipal } from '../permissions/index.js';
import { ChecksPassword } from '../sign-in-attempts/index.js';
import { EraseAccount } from './erase-account.js';
import { EraseAccountDto } from './erasure.dto.js';

@ApiTags('Account')
@Controller('api/v1/users/me')
export class ErasureController {
  constructor(private readonly eraseAccount: EraseAccount) {}

  /**
   * Delete your account
   *
   * Deletes your account and your personal data permanently. Organizations of which you are the only member are
   * deleted too. An organization with other members must have another owner first. Requires a sign-in within the last
   * 15 minutes.
   */
  @Delete()
  @HttpCode(204)
  @Idempotent('lease')
  @RequireSession()
  @RequireRecentSignIn()
  @ChecksPassword()
  @OperationId('users.delete')
  delete(@SessionPrincipal() principal: SessionPrincipal, @Body() body: EraseAccountDto): Promise<void> {
    return this.eraseAccount.erase(principal, body);
  }
}
