import { z } from 'zod';
import { kindOfRedirectUri } from '../oauth-applications/index.js';
import { CLIENT_EXTRAS, DEVICE_CODE_GRANT } from './oauth-clients.js';

/** How a client introduced itself: with a registration token, without one, or by a document at its `client_id`. */
export type Registrant = 'token' | 'anyone' | 'document';

const MAX_NAME = 100;
const MAX_URL = 2_000;
const MAX_REDIRECT_URIS = 20;

const FOR_PEOPLE = ['authorization_code', 'refresh_token'];
const GRANT_TYPES: Record<Registrant, readonly string[]> = {
  token: [...FOR_PEOPLE, DEVICE_CODE_GRANT],
  anyone: FOR_PEOPLE,
  document: [...FOR_PEOPLE, DEVICE_CODE_GRANT],
};

const website = z
  .string('must be a string')
  .refine((url) => url.length <= MAX_URL && kindOfRedirectUri(url) === 'web', 'must be an https URL')
  .optional();

const redirectUri = z
  .string('must hold strings')
  .refine(
    (uri) => uri.length <= MAX_URL && kindOfRedirectUri(uri) !== undefined,
    'must hold https URLs, http URLs of a loopback address, or URIs of a private scheme such as com.example.app:/callback, without a fragment',
  );

const rulesOf = (registrant: Registrant) =>
  z.looseObject({
    client_name: z
      .string('must be a string')
      .regex(/^(?=.*\S)[^\p{C}\p{Zl}\p{Zp}]*$/u, 'must be text on one line')
      .max(MAX_NAME, `must have at most ${MAX_NAME} characters`)
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
  const kinds = data.redirect_uris.map((uri) => kindOfRedirectUri(uri));
  // Any app of a device can claim a private scheme, so a secret must not travel there.
  if (kinds.includes('private-use') && data.token_endpoint_auth_method !== 'none') {
    return 'redirect_uris can have a private scheme only with token_endpoint_auth_method none';
  }
  if (registrant === 'document') {
    metadata['allowed_scope'] = metadata['scope'];
    delete metadata['scope'];
  }
  metadata['application_type'] = kinds.every((kind) => kind === 'web') ? 'web' : 'native';
  return undefined;
}
