import { type Html, html } from '../../platform/pages/index.js';

interface Field {
  id: string;
  label: string;
  hint?: string;
}

/** A password with a button that shows it. */
export const passwordField = ({
  id,
  label,
  hint,
  autocomplete,
}: Field & { autocomplete: 'current-password' | 'new-password' }): Html =>
  fieldOf(
    { id, label, ...(hint && { hint }) },
    html`<div class="secret">
      <input
        id="${id}"
        name="password"
        type="password"
        autocomplete="${autocomplete}"
        required
        ${autocomplete === 'new-password' ? html`minlength="10"` : undefined}
        maxlength="1000"
        autocapitalize="none"
        spellcheck="false"
        aria-describedby="${describedBy(id, hint)}"
      /><button type="button" class="quiet" data-reveals="${id}" aria-label="Show password">Show</button>
    </div>`,
  );

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
      maxlength="254"
      ${isFixed ? html`readonly` : undefined}
      aria-describedby="${describedBy(id)}"
    />`,
  );

export const nameField = ({ id, label }: Field): Html =>
  fieldOf(
    { id, label },
    html`<input id="${id}" name="name" autocomplete="name" maxlength="200" aria-describedby="${describedBy(id)}" />`,
    html` <small>(optional)</small>`,
  );

const describedBy = (id: string, hint?: string): string => `${hint ? `${id}-hint ` : ''}${id}-error`;

const fieldOf = ({ id, label, hint }: Field, input: Html, suffix?: Html): Html =>
  html`<div class="field">
    <label for="${id}">${label}${suffix}</label>
    ${input} ${hint === undefined ? undefined : html`<p class="hint" id="${id}-hint">${hint}</p>`}
    <p class="error" id="${id}-error"></p>
  </div>`;
