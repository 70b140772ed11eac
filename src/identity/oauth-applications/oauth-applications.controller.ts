import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems, Creates } from '../../platform/http/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { ApiPage, PageQuery, type Page } from '../../platform/paging/index.js';
import { Id } from '../../platform/validation/index.js';
import { RequireRecentSignIn, RequireRole, SessionPrincipal } from '../permissions/index.js';
import {
  CreateOAuthApplicationDto,
  OAuthApplicationDto,
  OAuthApplicationWithSecretDto,
  RotateOAuthApplicationSecretDto,
  UpdateOAuthApplicationDto,
} from './oauth-applications.dto.js';
import { OAuthApplicationsService } from './oauth-applications.service.js';

@ApiTags('OAuth')
@Controller('api/v1/oauth-applications')
@RequireRole('admin')
export class OAuthApplicationsController {
  constructor(private readonly applications: OAuthApplicationsService) {}

  /**
   * Register an OAuth application
   *
   * Registers a third-party app that people can let in. The response contains the client secret of a confidential
   * application, which is shown only once. An organization can have up to 100 applications. Requires a sign-in within
   * the last 15 minutes.
   */
  @Post()
  @Creates()
  @Idempotent('transaction', { standIn: false })
  @RequireRecentSignIn()
  @ApiProblems(409)
  create(
    @SessionPrincipal() principal: SessionPrincipal,
    @Body() body: CreateOAuthApplicationDto,
  ): Promise<OAuthApplicationWithSecretDto> {
    return this.applications.create(principal, body);
  }

  /**
   * List OAuth applications
   *
   * The applications that your organization registered, newest first.
   */
  @Get()
  @ApiPage(OAuthApplicationDto)
  list(@SessionPrincipal() principal: SessionPrincipal, @Query() query: PageQuery): Promise<Page<OAuthApplicationDto>> {
    return this.applications.list(principal, query);
  }

  /** Get an OAuth application */
  @Get(':id')
  get(
    @SessionPrincipal() principal: SessionPrincipal,
    @Id('OAuth application') id: string,
  ): Promise<OAuthApplicationDto> {
    return this.applications.get(principal, id);
  }

  /**
   * Update an OAuth application
   *
   * Changes apply at once. An application without a scope loses it in all organizations that granted it. While an
   * application is `disabled`, all its tokens are refused. Requires a sign-in within the last 15 minutes.
   */
  @Patch(':id')
  @Idempotent()
  @RequireRecentSignIn()
  update(
    @SessionPrincipal() principal: SessionPrincipal,
    @Id('OAuth application') id: string,
    @Body() body: UpdateOAuthApplicationDto,
  ): Promise<OAuthApplicationDto> {
    return this.applications.update(principal, id, body);
  }

  /**
   * Rotate a client secret
   *
   * Replaces the client secret of a confidential application. The response contains the new secret, which is shown only
   * once. The old secret works for another `overlap_seconds`. Requires a sign-in within the last 15 minutes.
   */
  @Post(':id/rotate-secret')
  @HttpCode(200)
  @Idempotent('transaction', { standIn: false })
  @RequireRecentSignIn()
  @ApiProblems(409)
  rotateSecret(
    @SessionPrincipal() principal: SessionPrincipal,
    @Id('OAuth application') id: string,
    @Body() body: RotateOAuthApplicationSecretDto,
  ): Promise<OAuthApplicationWithSecretDto> {
    return this.applications.rotateSecret(principal, id, body);
  }

  /**
   * Delete an OAuth application
   *
   * Ends all its tokens and authorizations at once, in all organizations. Requires a sign-in within the last 15 minutes.
   */
  @Delete(':id')
  @HttpCode(204)
  @Idempotent()
  @RequireRecentSignIn()
  delete(@SessionPrincipal() principal: SessionPrincipal, @Id('OAuth application') id: string): Promise<void> {
    return this.applications.delete(principal, id);
  }
}
