import { ApiProperty } from '@nestjs/swagger';
import type { Organization } from '../../identity/organizations/index.js';
import {
  allScopes,
  credentialKinds,
  environments,
  isKeyPrincipal,
  tiers,
  userIdOf,
  type EnvironmentName,
  type Principal,
  type Scope,
} from '../../identity/permissions/index.js';
import { PlanDto, PlanLimitsDto, type Plan } from '../plans/index.js';

export class CallerOrganizationDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ example: 'Analytical Engines' })
  name: string;
}

export class CallerDto {
  /** `session` for a signed-in person, `api_key` for a program, `oauth_app` for an app, `internal` for a service of the operator. */
  @ApiProperty({ enum: credentialKinds, example: 'api_key' })
  kind: string;
  /** Id of the session, API key or authorization; with client credentials, of the application. */
  @ApiProperty({ format: 'uuid' })
  credential_id: string;
  /** The signed-in person, or the person for whom an app acts; null for other programs. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  user_id: string | null;
  /** The organization whose plan and limits apply. A test key acts in the sandbox of this organization. */
  organization: CallerOrganizationDto;
  @ApiProperty({ enum: environments })
  environment: EnvironmentName;
  @ApiProperty({ enum: allScopes, isArray: true, example: ['conversations:write', 'knowledge:read'] })
  scopes: Scope[];
  @ApiProperty({ enum: tiers })
  plan: string;
  /** Limits of the plan. They do not apply to `internal` credentials. */
  limits: PlanLimitsDto;
  /** The lowest limit in requests per minute among this key and the keys it descends from; null if only the limit of the plan applies. */
  @ApiProperty({ type: 'integer', nullable: true, example: 30 })
  rate_limit: number | null;

  static from(principal: Principal, { id, name }: Organization, plan: Plan): CallerDto {
    const keyLimits = isKeyPrincipal(principal) ? principal.keyLimits : [];
    return {
      kind: principal.kind,
      credential_id: principal.credentialId,
      user_id: userIdOf(principal) ?? null,
      organization: { id, name },
      environment: principal.environment,
      scopes: [...principal.scopes],
      plan: plan.code,
      limits: PlanDto.from(plan).limits,
      rate_limit: keyLimits.length > 0 ? Math.min(...keyLimits.map((limit) => limit.requestsPerMinute)) : null,
    };
  }
}
