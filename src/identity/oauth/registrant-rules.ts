import { z } from 'zod';
import {
  applicationTypeOf,
  isRedirectUri,
  isWebsite,
  MAX_CLIENT_NAME,
  MAX_REDIRECT_URIS,
  mustBePublic,
  REDIRECT_URI_RULE,
} from '../oauth-applications/index.js';
import { CLIENT_EXTRAS, DEVICE_CODE_GRANT } from './oauth-clients.js';

/** How a client introduced itself: with a registration token, without one, or by a document at its `client_id`. */
export type Registrant = 'token' | 'anyone' | 'document';

const FOR_PEOPLE = ['authorization_code', 'refresh_token'];
const GRANT_TYPES: Record<Registrant, readonly string[]> = {
  token: [...FOR_PEOPLE, DEVICE_CODE_GRANT],
  anyone: FOR_PEOPLE,
  document: [...FOR_PEOPLE, DEVICE_CODE_GRANT],
};

const website = z.string('must be a string').refine(isWebsite, 'must be an https URL').optional();

const redirectUri = z.string('must hold strings').refine(isRedirectUri, REDIRECT_URI_RULE);

const rulesOf = (registrant: Registrant) =>
  z.looseObject({
    client_name: z
      .string('must be a string')
      .regex(/^(?=.*\S)[^\p{C}\p{Zl}\p{Zp}]*$/u, 'must be text on one line')
      .max(MAX_CLIENT_NAME, `must have at most ${MAX_CLIENT_NAME} characters`)
      .optional(),
    client_uri: website,
    logo_uri: website,
    scope: z.string('must be a string').min(1, 'must not be empty').optional(),
    redirect_uris: z
      .array(redirectUri, 'must be an array')
      .max(MAX_REDIRECT_URIS, `must hold at most ${MAX_REDIRECT_URIS}`),
    grant_types: z.array(
      z.enum(GRANT_TYPES[registrant], `can only contain ${GRANT_TYPES[registrant].join(', ')}`),
      'must be an array',
    ),
    token_endpoint_auth_method:
      registrant === 'anyone' ? z.literal('none', 'must be none: register without a secret') : z.unknown(),
    ...Object.fromEntries(CLIENT_EXTRAS.map((name) => [name, z.undefined('must not be sent').optional()])),
  });

const RULES = { token: rulesOf('token'), anyone: rulesOf('anyone'), document: rulesOf('document') };

type Metadata = Record<string, unknown>;

/**
 * Checks what a client says of itself, beyond the rules of the protocol, and completes it.
 * @returns what is wrong with it
 */
export function checkRegistrant(metadata: Metadata, registrant: Registrant): string | undefined {
  // A document is written for many servers.
  if (registrant === 'document' && Array.isArray(metadata['grant_types'])) {
    metadata['grant_types'] = metadata['grant_types'].filter((type) => GRANT_TYPES.document.includes(String(type)));
  }
  const { error, data } = RULES[registrant].safeParse(metadata);
  const [issue] = error?.issues ?? [];
  if (!data) return issue && `${String(issue.path[0])} ${issue.message}`;
  if (mustBePublic(data.redirect_uris) && data.token_endpoint_auth_method !== 'none') {
    return 'redirect_uris can have a private scheme only with token_endpoint_auth_method none';
  }
  if (registrant === 'document') {
    metadata['allowed_scope'] = metadata['scope'];
    delete metadata['scope'];
  }
  metadata['application_type'] = applicationTypeOf(data.redirect_uris);
  return undefined;
}
