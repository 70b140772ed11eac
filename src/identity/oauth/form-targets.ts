/**
 * Where the forms of an interaction may lead, redirects included, as sources of the policy `form-action`: to this server. A
 * page of its own leads on to other sites (see `leaveByPage`). Private schemes keep the redirect, because some browsers open
 * an app only from one that follows a click.
 */
export function formTargetsOf(redirectUri: unknown): string[] {
  if (typeof redirectUri !== 'string' || !URL.canParse(redirectUri)) return ["'self'"];
  const { protocol } = new URL(redirectUri);
  return isWeb(protocol) ? ["'self'"] : ["'self'", protocol];
}

export const isWeb = (protocol: string): boolean => protocol === 'https:' || protocol === 'http:';
