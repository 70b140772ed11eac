import { ApiProperty, PartialType, PickType } from '@nestjs/swagger';
import { applyDecorators } from '@nestjs/common';
import { ArrayMaxSize, ArrayNotEmpty, ArrayUnique, IsArray, IsIn, IsOptional, ValidateBy } from 'class-validator';
import { Integer, MayBeOmitted, OneOf, Prose } from '../../platform/validation/index.js';
import { allScopes, type Scope } from '../permissions/index.js';
import { applicationKinds, applicationStatuses, type OAuthApplication } from './oauth-application.entity.js';
import {
  isRedirectUri,
  isWebsite,
  MAX_CLIENT_NAME,
  MAX_REDIRECT_URIS,
  MAX_URL,
  REDIRECT_URI_RULE,
} from './redirect-uri.js';

const MAX_OVERLAP_SECONDS = 7 * 24 * 60 * 60;
const SHOWN_OF_AN_ENTRY = 100;

/** The first of the entries that count: more than are allowed are refused unread. */
const wrongOne = (entries: unknown[]): unknown =>
  entries.slice(0, MAX_REDIRECT_URIS).find((entry) => !isRedirectUri(entry));

const AreRedirectUris = (): PropertyDecorator =>
  ValidateBy({
    name: 'areRedirectUris',
    validator: {
      validate: (entries: unknown) => Array.isArray(entries) && wrongOne(entries) === undefined,
      defaultMessage: (validation) => {
        const entries: unknown = validation?.value;
        const shown = JSON.stringify(Array.isArray(entries) ? wrongOne(entries) : entries) ?? 'undefined';
        return `${REDIRECT_URI_RULE}, which ${shown.slice(0, SHOWN_OF_AN_ENTRY)} is not`;
      },
    },
  });

/** An https URL, or null. */
const WebAddress = (example: string): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ required: false, type: String, format: 'uri', maxLength: MAX_URL, nullable: true, example }),
    IsOptional(),
    ValidateBy(
      { name: 'isWebsite', validator: { validate: isWebsite } },
      { message: `must be an https URL of at most ${MAX_URL} characters` },
    ),
  );

export class CreateOAuthApplicationDto {
  /** People see this name when the application asks them for access. */
  @Prose(MAX_CLIENT_NAME, { example: 'Ticket Assistant' })
  name: string;

  /** What the application does, in a sentence. */
  @IsOptional()
  @Prose(500, { required: false, nullable: true, example: 'Drafts replies to support tickets.' })
  description?: string | null;

  @WebAddress('https://tickets.example.com')
  homepage_url?: string | null;

  @WebAddress('https://tickets.example.com/logo.png')
  logo_url?: string | null;

  /**
   * Where people return to after they decide. Must match exactly. Allowed are https URLs, and http URLs of a loopback address
   * with any port. A public application can also use a private scheme.
   */
  @ApiProperty({
    type: [String],
    minItems: 1,
    maxItems: MAX_REDIRECT_URIS,
    example: ['https://tickets.example.com/callback'],
  })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MAX_REDIRECT_URIS)
  @ArrayUnique()
  @AreRedirectUris()
  redirect_uris: string[];

  /** The most that the application can ask people for. */
  @ApiProperty({ enum: allScopes, isArray: true, example: ['conversations:read', 'conversations:write'] })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(allScopes.length)
  @ArrayUnique()
  @IsIn(allScopes, { each: true })
  scopes: Scope[];

  /** A `confidential` application runs on a server and has a secret. A `public` one runs on a device of its user and has none. */
  @OneOf(applicationKinds, { example: 'confidential' })
  kind: OAuthApplication['kind'];
}

const changeableFields = ['name', 'description', 'homepage_url', 'logo_url', 'redirect_uris', 'scopes'] as const;

/** Omitted fields keep their values. */
export class UpdateOAuthApplicationDto extends PartialType(PickType(CreateOAuthApplicationDto, changeableFields), {
  skipNullProperties: false,
}) {
  /** A `disabled` application can get no tokens, and those that it has are refused. */
  @MayBeOmitted()
  @OneOf(applicationStatuses, { required: false })
  status?: OAuthApplication['status'];
}

export class RotateOAuthApplicationSecretDto {
  /** How long the old secret keeps working. Rotating again within that time ends it at once. */
  @Integer(0, MAX_OVERLAP_SECONDS, { required: false, default: 0 })
  overlap_seconds: number = 0;
}

export class OAuthApplicationDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** Identifies the application in OAuth requests. The same as `id`. */
  @ApiProperty({ format: 'uuid' })
  client_id: string;
  @ApiProperty({ example: 'Ticket Assistant' })
  name: string;
  @ApiProperty({ type: String, nullable: true, example: 'Drafts replies to support tickets.' })
  description: string | null;
  @ApiProperty({ type: String, format: 'uri', nullable: true, example: 'https://tickets.example.com' })
  homepage_url: string | null;
  @ApiProperty({ type: String, format: 'uri', nullable: true, example: 'https://tickets.example.com/logo.png' })
  logo_url: string | null;
  @ApiProperty({ type: [String], example: ['https://tickets.example.com/callback'] })
  redirect_uris: string[];
  @ApiProperty({ enum: allScopes, isArray: true, example: ['conversations:read', 'conversations:write'] })
  scopes: Scope[];
  @ApiProperty({ enum: applicationKinds })
  kind: OAuthApplication['kind'];
  @ApiProperty({ enum: applicationStatuses })
  status: OAuthApplication['status'];
  /** First characters of the client secret, to tell secrets apart. Null for a public application. */
  @ApiProperty({ type: String, nullable: true, example: 'parl_cs_4fGh…' })
  client_secret_hint: string | null;
  /** Id of the user who registered the application. Null if that user has been deleted. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  created_by: string | null;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  @ApiProperty({ format: 'date-time' })
  updated_at: string;
  /** When the client secret was last rotated. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  secret_rotated_at: string | null;
  /** When the secret before the last rotation expires. Null if none is valid. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  previous_secret_expires_at: string | null;

  static from(application: OAuthApplication): OAuthApplicationDto {
    const { previousSecretExpiresAt: end } = application;
    return {
      id: application.id,
      client_id: application.id,
      name: application.name,
      description: application.description,
      homepage_url: application.homepageUrl,
      logo_url: application.logoUrl,
      redirect_uris: application.redirectUris,
      scopes: application.scopes,
      kind: application.kind,
      status: application.status,
      client_secret_hint: application.secretHint,
      created_by: application.createdBy,
      created_at: application.createdAt.toISOString(),
      updated_at: application.updatedAt.toISOString(),
      secret_rotated_at: application.secretRotatedAt?.toISOString() ?? null,
      previous_secret_expires_at: end && end.getTime() > Date.now() ? end.toISOString() : null,
    };
  }
}

/** An application with its client secret, which is shown only once. */
export class OAuthApplicationWithSecretDto extends OAuthApplicationDto {
  /** The client secret. It is shown only once. Null for a public application. */
  @ApiProperty({ type: String, nullable: true, example: 'parl_cs_4fGhJ2kLmN8pQrStUvWxYz1234567890abcdefghijk' })
  client_secret: string | null;
}
