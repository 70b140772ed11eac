import { type Html, html, type PageContent } from '../../platform/pages/index.js';
import { MAX_EMAIL } from '../../platform/text/index.js';
import { MAX_NAME, MAX_PASSWORD, MIN_PASSWORD } from '../../platform/validation/index.js';
import { nameOf } from './app-header.js';
import { alertOf, buttonOf, fieldOf, formTo, hiddenForm, titleOf } from './interaction-form.js';
import type { InteractionForm, Refusal } from './interaction-form.js';

/** What a person has entered, and why it was refused. */
export interface Entered extends Refusal {
  email?: string | undefined;
  name?: string;
}

/** A page on the way to the app, with its form and what else a person may want. */
function pageOf(form: InteractionForm, title: string, entered: Entered, action: string, fields: Html, others: Html) {
  return {
    title: titleOf(title, entered),
    isCard: true,
    formTargets: form.formTargets,
    body: html`<h1>${title}</h1>
      <p class="lead">to continue to ${nameOf(form)}</p>
      ${formTo(form, action, html`${alertOf(entered)} ${fields}`)}
      <div class="others">${others} ${buttonOf('cancel', 'Cancel', 'link')}</div>
      ${hiddenForm(form, 'cancel')}`,
  } satisfies PageContent;
}

/** The first field that needs attention: a wrong one, or else the first empty one. */
const focusOf = ({ email, problems = {} }: Entered, later: string): string =>
  'email' in problems || (!email && !(later in problems)) ? 'email' : later;

const emailField = ({ email, problems }: Entered, hasFocus: boolean): Html =>
  fieldOf({
    name: 'email',
    label: 'Email address',
    ...(email && { value: email }),
    problem: problems?.['email'],
    hasFocus,
    attributes: html`type="email" autocomplete="username" maxlength="${MAX_EMAIL}" autocapitalize="none"
    spellcheck="false"`,
  });

const PASSWORD = html`type="password" maxlength="${MAX_PASSWORD}"`;

export function signInPage(form: InteractionForm, entered: Entered = {}): PageContent {
  const focus = focusOf(entered, 'password');
  const fields = html`${emailField(entered, focus === 'email')}
    ${fieldOf({
      name: 'password',
      label: 'Password',
      problem: entered.problems?.['password'],
      hasFocus: focus === 'password',
      attributes: html`${PASSWORD} autocomplete="current-password"`,
    })} <button>Sign in</button>`;
  const others = html`<p><a href="${form.path}/forgot-password">Forgot your password?</a></p>
    <p>No account yet? <a href="${form.path}/sign-up">Create an account</a></p>`;
  return pageOf(form, 'Sign in', entered, 'sign-in', fields, others);
}

export function signUpPage(form: InteractionForm, entered: Entered = {}): PageContent {
  const focus = focusOf(entered, 'password');
  const fields = html`${emailField(entered, focus === 'email')}
    ${fieldOf({
      name: 'name',
      label: 'Your name',
      isOptional: true,
      ...(entered.name && { value: entered.name }),
      problem: entered.problems?.['name'],
      attributes: html`autocomplete="name" maxlength="${MAX_NAME}"`,
    })}
    ${fieldOf({
      name: 'password',
      label: 'Create a password',
      hint: `At least ${MIN_PASSWORD} characters.`,
      problem: entered.problems?.['password'],
      hasFocus: focus === 'password',
      attributes: html`${PASSWORD} autocomplete="new-password" minlength="${MIN_PASSWORD}"`,
    })} <button>Create account</button>`;
  const others = html`<p>Already have an account? <a href="${form.path}">Sign in</a></p>`;
  return pageOf(form, 'Create an account', entered, 'sign-up', fields, others);
}

export function forgotPasswordPage(form: InteractionForm, entered: Entered = {}): PageContent {
  const fields = html`${emailField(entered, true)} <button>Send a link</button>`;
  const others = html`<p>Remembered it? <a href="${form.path}">Sign in</a></p>`;
  const title = 'Set a new password';
  return pageOf(form, title, entered, 'forgot-password', fields, others);
}

export function passwordMailedPage(form: InteractionForm, email: string): PageContent {
  return {
    title: 'Check your email',
    isCard: true,
    body: html`<h1>Check your email</h1>
      <p>
        If <strong>${email}</strong> has an account, a link to set a new password is on its way. It works for one hour.
      </p>
      <p>After that, come back to this page to continue to ${form.clientName}.</p>
      <p><a class="button" href="${form.path}">Sign in</a></p>`,
  };
}
