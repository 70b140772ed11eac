import { html, type Html, type PageContent } from '../../platform/pages/index.js';
import { describeScope, type Scope } from '../permissions/index.js';
import { cancelForm, formTo, type InteractionForm } from './sign-in-pages.js';

/** What a person is asked to allow. */
export interface ConsentQuestion {
  person: string;
  email: string;
  /** Where the app could act. */
  organizations: { id: string; name: string }[];
  scopes: Scope[];
  isAskedForEmail: boolean;
}

export function consentPage(form: InteractionForm, question: ConsentQuestion, message?: string): PageContent {
  const { clientName, clientUrl, instance } = form;
  const { person, email, scopes, isAskedForEmail } = question;
  const content = html`${message === undefined ? undefined : html`<p class="alert" role="alert">${message}</p>`}
    ${organizationOf(question)}
    <fieldset>
      <legend>${clientName} will be able to</legend>
      ${isAskedForEmail ? html`<p>See your name and email address</p>` : undefined}
      ${scopes.map((scope) => scopeBox(scope))}
    </fieldset>
    <button>Allow</button>`;
  return {
    title: `Allow ${clientName}?`,
    isCard: true,
    formTargets: form.formTargets,
    body: html`<h1>Allow ${clientName} to use your ${instance} account?</h1>
      <p>You are signed in as <strong>${person}</strong>${person === email ? undefined : html` (${email})`}.</p>
      ${clientUrl ? html`<p class="muted">Website: <a href="${clientUrl}" rel="noreferrer">${clientUrl}</a></p>` : undefined}
      ${formTo(form, 'consent', content)} ${cancelForm(form)}`,
  };
}

function organizationOf({ organizations }: ConsentQuestion): Html {
  const [only] = organizations;
  if (only && organizations.length === 1) {
    return html`<p>It will act in <strong>${only.name}</strong>.</p>
      <input type="hidden" name="organization_id" value="${only.id}" />`;
  }
  return html`<div class="field">
    <label for="organization">Organization in which it will act</label>
    <select id="organization" name="organization_id" required>
      ${organizations.map(({ id, name }) => html`<option value="${id}">${name}</option>`)}
    </select>
  </div>`;
}

const scopeBox = (scope: Scope): Html =>
  html`<p>
    <label><input type="checkbox" name="scope" value="${scope}" checked /> ${describeScope(scope)}</label>
  </p>`;
