import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/index.js';

/** Paths of the endpoints. PUBLIC_URL is an origin and has none. */
export const OAUTH_PATHS = {
  authorization: '/oauth/authorize',
  token: '/oauth/token',
  revocation: '/oauth/revoke',
  introspection: '/oauth/introspect',
  userinfo: '/oauth/userinfo',
  jwks: '/oauth/jwks',
  pushed_authorization_request: '/oauth/par',
  registration: '/oauth/register',
  device_authorization: '/oauth/device/authorize',
  code_verification: '/oauth/device',
  end_session: '/oauth/logout',
} as const;

export const INTERACTION_PATH = '/oauth/interaction';

/** What the server and its tokens are called. */
@Injectable()
export class OAuthAddresses {
  /** The issuer (RFC 8414). */
  readonly issuer: string;
  /** The audience of access tokens: the API. */
  readonly audience: string;
  readonly isSecure: boolean;
  readonly host: string;

  constructor(config: Config) {
    this.issuer = config.publicUrl;
    this.audience = `${this.issuer}/api`;
    const { protocol, host } = new URL(this.issuer);
    this.isSecure = protocol === 'https:';
    this.host = host;
  }

  /** The full address of a path of this server. */
  of(path: string): string {
    return this.issuer + path;
  }

  /** Whether a resource indicator (RFC 8707) means the API: its audience, or an address of this server. */
  isApi(resource: string): boolean {
    return resource === this.issuer || resource.startsWith(`${this.issuer}/`);
  }
}
