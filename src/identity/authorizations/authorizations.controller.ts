import { Controller, Delete, Get, HttpCode, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Idempotent } from '../../platform/idempotency/index.js';
import { ApiPage, type Page } from '../../platform/paging/index.js';
import { Id } from '../../platform/validation/index.js';
import { RequireSession, SessionPrincipal } from '../permissions/index.js';
import { AuthorizationDto, ListAuthorizationsQuery } from './authorizations.dto.js';
import { AuthorizationsService } from './authorizations.service.js';

@ApiTags('OAuth')
@Controller('api/v1/authorizations')
@RequireSession()
export class AuthorizationsController {
  constructor(private readonly authorizations: AuthorizationsService) {}

  /**
   * List authorized apps
   *
   * The apps that you let in, to act in the current organization, newest first. Owners and admins can list those of all
   * members.
   */
  @Get()
  @ApiPage(AuthorizationDto)
  list(
    @SessionPrincipal() principal: SessionPrincipal,
    @Query() query: ListAuthorizationsQuery,
  ): Promise<Page<AuthorizationDto>> {
    return this.authorizations.list(principal, query);
  }

  /**
   * Get an authorized app
   *
   * One that you let in; for owners and admins, one that any member let in.
   */
  @Get(':id')
  get(@SessionPrincipal() principal: SessionPrincipal, @Id('Authorization') id: string): Promise<AuthorizationDto> {
    return this.authorizations.get(principal, id);
  }

  /**
   * End an app's access
   *
   * Ends all tokens of the authorization at once, including open streams. Owners and admins can end those of any member.
   */
  @Delete(':id')
  @HttpCode(204)
  @Idempotent()
  end(@SessionPrincipal() principal: SessionPrincipal, @Id('Authorization') id: string): Promise<void> {
    return this.authorizations.end(principal, id);
  }
}
