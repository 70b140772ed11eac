import { Html, html, type PageContent } from '../../platform/pages/index.js';

/** What a page says about an error of the protocol; other errors have only their description. */
const EXPLAINED: Record<string, [heading: string, text: string]> = {
  expired: ['This page has expired', 'Return to the app and start again.'],
  not_found: ['Page not found', 'Return to the app and start again.'],
  server_error: ['Something went wrong', 'Try again in a moment.'],
  invalid_client: ['This app is not known here', 'It may have been removed. Contact the makers of the app.'],
};

export function errorPage(error: string, description?: string): PageContent {
  const [heading, text] = EXPLAINED[error] ?? [
    'The app sent a wrong request',
    'You cannot continue. Contact the makers of the app.',
  ];
  return {
    title: heading,
    isCard: true,
    body: html`<h1>${heading}</h1>
      <p>${text}</p>
      ${description === undefined ? undefined : html`<p class="muted"><code>${error}</code>: ${description}</p>`}`,
  };
}

/** @param form the form of oidc-provider with the id `op.logoutForm` */
export function signOutPage(form: string): PageContent {
  return {
    title: 'Sign out',
    isCard: true,
    formTargets: ["'self'"],
    body: html`<h1>Sign out?</h1>
      <p>Apps that you let in keep their access.</p>
      ${new Html(form)}
      <button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>
      <button type="submit" form="op.logoutForm" class="quiet">Stay signed in</button>`,
  };
}

export function signedOutPage(): PageContent {
  return {
    title: 'Signed out',
    isCard: true,
    body: html`<h1>You are signed out</h1>
      <p>You can close this page.</p>`,
  };
}
