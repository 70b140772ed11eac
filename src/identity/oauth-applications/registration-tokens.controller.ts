import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../platform/http/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { ApiPage, PageQuery, type Page } from '../../platform/paging/index.js';
import { Id } from '../../platform/validation/index.js';
import { RequireRecentSignIn, RequireRole, SessionPrincipal } from '../permissions/index.js';
import {
  CreateRegistrationTokenDto,
  RegistrationTokenDto,
  RegistrationTokenWithSecretDto,
} from './registration-tokens.dto.js';
import { RegistrationTokensService } from './registration-tokens.service.js';

@ApiTags('OAuth')
@Controller('api/v1/oauth-applications/registration-tokens')
@RequireRole('admin')
export class RegistrationTokensController {
  constructor(private readonly tokens: RegistrationTokensService) {}

  /**
   * Create a registration token
   *
   * With this token, clients can register themselves at `/oauth/register` (RFC 7591) until it expires. They become
   * applications of your organization. The token is shown only once. An organization can have up to 20. Requires a sign-in
   * within the last 15 minutes.
   */
  @Post()
  @HttpCode(201)
  @Idempotent('transaction', { standIn: false })
  @RequireRecentSignIn()
  @ApiProblems(409)
  create(
    @SessionPrincipal() principal: SessionPrincipal,
    @Body() body: CreateRegistrationTokenDto,
  ): Promise<RegistrationTokenWithSecretDto> {
    return this.tokens.create(principal, body);
  }

  /**
   * List registration tokens
   *
   * The valid registration tokens of your organization, newest first.
   */
  @Get()
  @ApiPage(RegistrationTokenDto)
  list(
    @SessionPrincipal() principal: SessionPrincipal,
    @Query() query: PageQuery,
  ): Promise<Page<RegistrationTokenDto>> {
    return this.tokens.list(principal, query);
  }

  /**
   * Delete a registration token
   *
   * No client can register with it afterwards. Applications that did remain.
   */
  @Delete(':id')
  @HttpCode(204)
  @Idempotent()
  delete(@SessionPrincipal() principal: SessionPrincipal, @Id('Registration token') id: string): Promise<void> {
    return this.tokens.delete(principal, id);
  }
}
