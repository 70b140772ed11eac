import { type Html, html, type PageContent } from '../../platform/pages/index.js';

/** What every form of an interaction needs. */
export interface InteractionForm {
  /** The address of the interaction; actions are below it. */
  path: string;
  csrf: string;
  clientName: string;
  clientUrl?: string;
  /** See `PageContent`. */
  formTargets: string[];
  instance: string;
}

interface Entered {
  email?: string;
  name?: string;
  message?: string;
}

/** A form of the interaction, with the token without which it is refused. */
export const formTo = ({ path, csrf }: InteractionForm, action: string, content: Html): Html =>
  html`<form method="post" action="${path}/${action}">
    <input type="hidden" name="csrf" value="${csrf}" />
    ${content}
  </form>`;

const alert = (message: string | undefined): Html | undefined =>
  message === undefined ? undefined : html`<p class="alert" role="alert">${message}</p>`;

const field = (id: string, label: string, input: Html): Html =>
  html`<div class="field"><label for="${id}">${label}</label>${input}</div>`;

const emailInput = (email = ''): Html =>
  field(
    'email',
    'Email address',
    html`<input
      id="email"
      name="email"
      type="email"
      autocomplete="username"
      required
      maxlength="254"
      value="${email}"
    />`,
  );

export const cancelForm = (form: InteractionForm): Html =>
  formTo(form, 'cancel', html`<button class="quiet">Cancel</button>`);

export function signInPage(form: InteractionForm, { email, message }: Entered = {}): PageContent {
  const fields = html`${alert(message)} ${emailInput(email)}
    ${field(
      'password',
      'Password',
      html`<input
        id="password"
        name="password"
        type="password"
        autocomplete="current-password"
        required
        maxlength="1000"
      />`,
    )} <button>Sign in</button>`;
  return {
    title: 'Sign in',
    isCard: true,
    formTargets: form.formTargets,
    body: html`<h1>Sign in</h1>
      <p>to continue to <strong>${form.clientName}</strong></p>
      ${formTo(form, 'sign-in', fields)}
      <p class="muted">No account yet? <a href="${form.path}/sign-up">Create one</a></p>
      ${cancelForm(form)}`,
  };
}

export function signUpPage(form: InteractionForm, { email, name = '', message }: Entered = {}): PageContent {
  const fields = html`${alert(message)} ${emailInput(email)}
    ${field('name', 'Your name (optional)', html`<input id="name" name="name" autocomplete="name" maxlength="200" value="${name}" />`)}
    ${field(
      'password',
      'Password, at least 10 characters',
      html`<input
        id="password"
        name="password"
        type="password"
        autocomplete="new-password"
        required
        minlength="10"
        maxlength="1000"
      />`,
    )} <button>Create account</button>`;
  return {
    title: 'Create an account',
    isCard: true,
    formTargets: form.formTargets,
    body: html`<h1>Create an account</h1>
      <p>to continue to <strong>${form.clientName}</strong></p>
      ${formTo(form, 'sign-up', fields)}
      <p class="muted">Already have an account? <a href="${form.path}">Sign in</a></p>
      ${cancelForm(form)}`,
  };
}
