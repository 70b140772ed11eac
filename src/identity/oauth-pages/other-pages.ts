import { Html, html, type PageContent } from '../../platform/pages/index.js';

const RETURN = 'Return to the app and start again.';

/** What a page says about an error of the protocol; other errors have only their description. */
const EXPLAINED: Record<string, [heading: string, text: string]> = {
  expired: ['This page has expired', `You have finished here already, or too much time has passed. ${RETURN}`],
  not_found: ['Page not found', RETURN],
  server_error: ['Something went wrong', 'This is our fault, not yours. Try again in a moment.'],
  access_denied: ['Access denied', 'The app did not get access. You can close this page.'],
  invalid_client: ['Unknown app', 'It may have been deleted. Contact the developer of the app.'],
  invalid_redirect_uri: [
    'This app cannot be trusted',
    'It tried to send you to an address that its developer did not register. Contact the developer of the app.',
  ],
};

/** Errors of which the person need not know more. */
const PLAIN = new Set(['expired', 'not_found', 'server_error', 'access_denied']);

const messagePage = (heading: string, text: string, more?: Html): PageContent => ({
  title: heading,
  isCard: true,
  body: html`<h1>${heading}</h1>
    <p>${text}</p>
    ${more}`,
});

/** @param description for the developer of the app */
export function errorPage(error: string, description?: string): PageContent {
  const [heading, text] = EXPLAINED[error] ?? [
    'The app sent an invalid request',
    'You cannot continue. Contact the developer of the app.',
  ];
  if (description === undefined || PLAIN.has(error)) return messagePage(heading, text);
  return messagePage(heading, text, html`<p class="fine">For the developer: <code>${error}</code> ${description}</p>`);
}

/** For a request that is refused now, such as one of too many. */
export const refusedPage = (message: string): PageContent => messagePage('You cannot continue now', message);

/** @param form the form of oidc-provider with the id `op.logoutForm` */
export function signOutPage(form: string): PageContent {
  return {
    title: 'Sign out',
    isCard: true,
    formTargets: ["'self'"],
    body: html`<h1>Sign out?</h1>
      <p>Connected apps keep their access.</p>
      <div hidden>${new Html(form)}</div>
      <div class="actions">
        <button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>
        <button type="submit" form="op.logoutForm" class="quiet">Stay signed in</button>
      </div>`,
  };
}

export const signedOutPage = (): PageContent => messagePage('You are signed out', 'You can close this page.');

/** For the moment until the browser is at the app. */
export const returnPage = (host: string, url: string): PageContent => ({
  title: `Returning to ${host}`,
  isCard: true,
  body: html`<h1>Returning to ${host}</h1>
    <p><a href="${url}">Continue</a> if this page stays open.</p>`,
});

/** Sends these fields to the app by a form: at once by its script, or by its button. */
export function formPostPage(action: string, fields: Record<string, string>): PageContent {
  const { host } = new URL(action);
  return {
    title: `Returning to ${host}`,
    isCard: true,
    // The app may redirect further, to any site.
    formTargets: ['*'],
    script: 'document.forms[0].submit();',
    body: html`<h1>Returning to ${host}</h1>
      <form method="post" action="${action}">
        ${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
        <button>Continue</button>
      </form>`,
  };
}
