/**
 * Where the forms of an interaction may lead: to this server, and after its redirects to the app. Browsers apply the policy
 * `form-action` to redirects, too.
 */
export function formTargetsOf(redirectUri: unknown): string[] {
  if (typeof redirectUri !== 'string' || !URL.canParse(redirectUri)) return ["'self'"];
  const { protocol, origin, hostname } = new URL(redirectUri);
  const isWeb = protocol === 'https:' || protocol === 'http:';
  // A policy can name no IPv6 address and no host of a private scheme.
  return ["'self'", isWeb && !hostname.startsWith('[') ? origin : protocol];
}
