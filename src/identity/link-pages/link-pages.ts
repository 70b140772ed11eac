import type { Instance } from '../../platform/config/index.js';
import { type Html, html, layout, readPageFile, type Page } from '../../platform/pages/index.js';
import { emailField, nameField, passwordField } from './fields.js';

interface LinkPage {
  title: string;
  /** The views of the page. pages/link-pages.js shows one at a time and fills in the elements with `data-text`. */
  views: (instance: string) => Html;
}

/** A view of a page: its heading and what follows it. */
const view = (name: string, heading: Html | string, body: Html): Html =>
  html`<section data-view="${name}" hidden>
    <h1 tabindex="-1">${heading}</h1>
    ${body}
  </section>`;

/** A form with its fields and messages above its button. */
const form = (action: string, button: string, fields?: Html, more?: Html): Html =>
  html`<form data-action="${action}" novalidate>
    ${fields}
    <p class="alert" role="alert"></p>
    <p role="status"></p>
    <button>${button}</button>${more}
  </form>`;

const toStart = (instance: string): Html => html`<p><a href="/">Go to ${instance}</a></p>`;

const LINK_IS_BROKEN = 'This link doesn’t work';
const reason = html`<p data-text="reason"></p>`;

/** Name of the page below /auth -> the page. */
const PAGES: Record<string, LinkPage> = {
  'verify-email': {
    title: 'Confirm your email address',
    views: (instance) =>
      html`${view(
        'form',
        'Confirm your email address',
        html`<p>Confirm only if you created an account on ${instance} or changed your email address there.</p>
          ${form('verifyEmail', 'Confirm email address')}
          <p class="muted">
            Was it someone else? Close this page. To take over the account, reset its password: that ends all earlier
            access.
          </p>`,
      )}
      ${view(
        'done',
        'Email address confirmed',
        html`<p>Thank you. You can close this page and continue where you signed up.</p>
          ${toStart(instance)}`,
      )}
      ${view(
        'broken',
        LINK_IS_BROKEN,
        html`${reason}
          <p class="muted">To get a new link, request another confirmation email where you signed up.</p>
          ${toStart(instance)}`,
      )}`,
  },

  'reset-password': {
    title: 'Set a new password',
    views: (instance) =>
      html`${view(
        'form',
        'Set a new password',
        html`<p>Choose a new password for your ${instance} account. You will be signed out everywhere else.</p>
          ${form(
            'resetPassword',
            'Set password',
            passwordField({ id: 'password', label: 'New password', isNew: true }),
          )}`,
      )}
      ${view(
        'done',
        'Your new password is set',
        html`<p>Sign in with it from now on. All earlier sessions have ended.</p>
          ${toStart(instance)}`,
      )}
      ${view(
        'broken',
        LINK_IS_BROKEN,
        html`${reason}
          <p>Enter your email address to get a new link.</p>
          ${form('forgotPassword', 'Send a new link', emailField({ id: 'email', label: 'Email address' }))}`,
      )}
      ${view('sent', 'Check your email', html`<p>If <strong data-text="email"></strong> has an account, a link to set a new password is on its way. It works for one hour.</p>`)}`,
  },

  'accept-invitation': {
    title: 'Accept your invitation',
    views: (instance) => {
      const heading = html`Join <span data-text="organization"></span>`;
      const lead = html`<p>
        <strong data-text="inviter"></strong> invites you to join <strong data-text="organization"></strong> on
        ${instance} as <span data-text="role"></span>.
      </p>`;
      return html`${view('loading', 'Accept your invitation', html`<p role="status">Loading the invitation…</p>`)}
      ${view(
        'sign-up',
        heading,
        html`${lead}
        ${form(
          'signUp',
          'Create account and join',
          html`${emailField({ id: 'new-email', label: 'Email address', isFixed: true })}
          ${nameField({ id: 'name', label: 'Your name' })}
          ${passwordField({ id: 'new-password', label: 'Create a password', isNew: true })}`,
        )}`,
      )}
      ${view(
        'sign-in',
        heading,
        html`${lead}
          <p class="muted">You already have an account. Sign in to accept.</p>
          ${form(
            'signIn',
            'Sign in and join',
            html`${emailField({ id: 'email', label: 'Email address', isFixed: true })}
            ${passwordField({ id: 'password', label: 'Password' })}`,
            html`<button type="button" class="link" data-run="forgotInvited">Forgot your password?</button>`,
          )}`,
      )}
      ${view(
        'done',
        html`You joined <span data-text="organization"></span>`,
        html`<p>Sign in as <strong data-text="email"></strong> to work there.</p>
          ${toStart(instance)}`,
      )}
      ${view('broken', LINK_IS_BROKEN, html`${reason}${toStart(instance)}`)}
      ${view(
        'failed',
        'Something went wrong',
        html`<p data-text="reason"></p>
          <button type="button" data-run="start">Try again</button>`,
      )}`;
    },
  },
};

/** The paths of the pages. */
export const linkPagePaths = Object.keys(PAGES).map((name) => `/auth/${name}`);

/** The pages that links in mails open: address -> page. Each link holds a token in its fragment, which no server or log sees. */
export function linkPages(instance: Instance): [path: string, page: Page][] {
  const script = readPageFile('link-pages.js');
  return Object.entries(PAGES).map(([name, { title, views }]) => {
    const body = html`<div data-page="${name}">${views(instance.name)}</div>
      <noscript
        ><h1>${title}</h1>
        <p>This page needs JavaScript. Turn it on and reload the page.</p></noscript
      >`;
    return [`/auth/${name}`, layout(instance, { title, body, isCard: true, script })];
  });
}
