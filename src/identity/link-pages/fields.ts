import { type Html, html } from '../../platform/pages/index.js';
import { MAX_EMAIL } from '../../platform/text/index.js';
import { MAX_NAME, MAX_PASSWORD, MIN_PASSWORD } from '../../platform/validation/index.js';

interface Field {
  id: string;
  label: string;
}

/** A password with a button that shows it. */
export function passwordField({ id, label, isNew = false }: Field & { isNew?: boolean }): Html {
  const hint = isNew ? `At least ${MIN_PASSWORD} characters.` : undefined;
  return fieldOf(
    { id, label, hint },
    html`<div class="secret">
      <input
        id="${id}"
        name="password"
        type="password"
        autocomplete="${isNew ? 'new-password' : 'current-password'}"
        required
        ${isNew ? html`minlength="${MIN_PASSWORD}"` : undefined}
        maxlength="${MAX_PASSWORD}"
        autocapitalize="none"
        spellcheck="false"
        aria-describedby="${describedBy(id, hint)}"
      /><button type="button" class="quiet" data-reveals="${id}" aria-label="Show password">Show</button>
    </div>`,
  );
}

/** @param isFixed filled in by the page and read-only */
export const emailField = ({ id, label, isFixed = false }: Field & { isFixed?: boolean }): Html =>
  fieldOf(
    { id, label },
    html`<input
      id="${id}"
      name="email"
      type="email"
      autocomplete="username"
      required
      maxlength="${MAX_EMAIL}"
      ${isFixed ? html`readonly` : undefined}
      aria-describedby="${describedBy(id)}"
    />`,
  );

export const nameField = ({ id, label }: Field): Html =>
  fieldOf(
    { id, label },
    html`<input
      id="${id}"
      name="name"
      autocomplete="name"
      maxlength="${MAX_NAME}"
      aria-describedby="${describedBy(id)}"
    />`,
    html` <small>(optional)</small>`,
  );

const describedBy = (id: string, hint?: string): string => `${hint ? `${id}-hint ` : ''}${id}-error`;

const fieldOf = ({ id, label, hint }: Field & { hint?: string | undefined }, input: Html, suffix?: Html): Html =>
  html`<div class="field">
    <label for="${id}">${label}${suffix}</label>
    ${input} ${hint === undefined ? undefined : html`<p class="hint" id="${id}-hint">${hint}</p>`}
    <p class="error" id="${id}-error"></p>
  </div>`;
