import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { PageContent } from '../../platform/pages/index.js';
import { formPostPage, returnPage } from '../oauth-pages/index.js';
import { isWeb } from './form-targets.js';

export type Show = (ctx: KoaContextWithOIDC, page: PageContent) => void;

/** Requests that follow the form of a page. */
const AFTER_FORMS: readonly string[] = ['resume', 'end_session_confirm'];

/**
 * Replaces a redirect to another site by a page that goes there. Browsers apply the policy of the form to all redirects that
 * follow it, so an app could not redirect further, for example from its callback to its main site.
 */
export function leaveByPage(ctx: KoaContextWithOIDC, show: Show): void {
  const location = ctx.response.get('Location');
  if (!location || !AFTER_FORMS.includes(ctx.oidc.route)) return;
  const { protocol, origin, host, href } = new URL(location, ctx.oidc.issuer);
  if (!isWeb(protocol) || origin === new URL(ctx.oidc.issuer).origin) return;
  ctx.status = 200;
  ctx.remove('Location');
  ctx.set('Refresh', `0; url=${href}`);
  show(ctx, returnPage(host, href));
}

type ResponseMode = Parameters<Provider['registerResponseMode']>[1];

/** The response mode `form_post`, with a page of ours: one that also works without scripts. */
export const formPost =
  (show: Show): ResponseMode =>
  (ctx, redirectUri, payload) => {
    show(ctx, formPostPage(redirectUri, payload as Record<string, string>));
  };

/** oidc-provider registers its own response modes while it is constructed, and keeps the first of a name. */
export const withFormPost = (Base: typeof Provider, mode: ResponseMode): typeof Provider =>
  class extends Base {
    override registerResponseMode(name: string, handler: ResponseMode): void {
      super.registerResponseMode(name, name === 'form_post' ? mode : handler);
    }
  };
