import { ApiProperty } from '@nestjs/swagger';
import { PageQuery } from '../../platform/paging/index.js';
import { MayBeOmitted, OneOf } from '../../platform/validation/index.js';
import { allScopes, type Scope } from '../permissions/index.js';
import type { Authorization } from './authorization.entity.js';

const views = ['mine', 'organization'] as const;

export class ListAuthorizationsQuery extends PageQuery {
  /** `mine` for the apps that you let in; `organization` for those of all members, which requires the role admin. */
  @MayBeOmitted()
  @OneOf(views, { required: false, default: 'mine' })
  scope?: (typeof views)[number];
}

/** What a person has let an app do in the current organization. */
export class AuthorizationDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The person for whom the app acts. */
  @ApiProperty({ format: 'uuid' })
  user_id: string;
  @ApiProperty({ example: '0198f2a0-0000-7000-8000-000000000000' })
  client_id: string;
  /** Name of the app when it was let in. */
  @ApiProperty({ example: 'Ticket Assistant' })
  client_name: string;
  @ApiProperty({ type: String, format: 'uri', nullable: true, example: 'https://tickets.example.com' })
  client_url: string | null;
  /** The granted scopes. The app has those of them that the person and the app have today. */
  @ApiProperty({ enum: allScopes, isArray: true, example: ['conversations:read'] })
  scopes: Scope[];
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  /** When the app last used it, accurate to the minute. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  last_used_at: string | null;

  static from(authorization: Authorization): AuthorizationDto {
    return {
      id: authorization.id,
      user_id: authorization.userId,
      client_id: authorization.clientId,
      client_name: authorization.clientName,
      client_url: authorization.clientUrl,
      scopes: authorization.scopes,
      created_at: authorization.createdAt.toISOString(),
      last_used_at: authorization.lastUsedAt?.toISOString() ?? null,
    };
  }
}
