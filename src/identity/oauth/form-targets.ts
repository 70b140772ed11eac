/**
 * Where the forms of an interaction may lead, redirects included, as sources of the policy `form-action`: to this server. It
 * sends the browser on to other sites by a page of its own (see `leaveByPage`). Apps of a device open by a redirect only.
 */
export function formTargetsOf(redirectUri: unknown): string[] {
  if (typeof redirectUri !== 'string' || !URL.canParse(redirectUri)) return ["'self'"];
  const { protocol } = new URL(redirectUri);
  return isWeb(protocol) ? ["'self'"] : ["'self'", protocol];
}

export const isWeb = (protocol: string): boolean => protocol === 'https:' || protocol === 'http:';
