import { type Html, html } from '../../platform/pages/index.js';

/** What every page of an interaction needs. */
export interface InteractionForm {
  /** The address of the interaction; actions are below it. */
  path: string;
  csrf: string;
  clientName: string;
  clientUrl?: string;
  /** The host of a client that describes itself, whose name is only what it says. */
  clientHost?: string | undefined;
  /** See `PageContent`. */
  formTargets: string[];
  instance: string;
}

/** What a page says about a form that was refused. */
export interface Refusal {
  /** Shown above the form. */
  message?: string;
  /** What is wrong with a field, by its name. */
  problems?: Record<string, string>;
}

/** The title in the browser’s tab, which screen readers read first. */
export const titleOf = (title: string, { message, problems }: Refusal): string =>
  message === undefined && !problems ? title : `Error: ${title}`;

export const alertOf = ({ message }: Refusal): Html | undefined =>
  message === undefined ? undefined : html`<p class="alert" role="alert" id="alert">${message}</p>`;

const csrfInput = ({ csrf }: InteractionForm): Html => html`<input type="hidden" name="csrf" value="${csrf}" />`;

/** A form of the interaction, with the token without which it is refused. */
export const formTo = (form: InteractionForm, action: string, content: Html): Html =>
  html`<form method="post" action="${form.path}/${action}">${csrfInput(form)} ${content}</form>`;

/** A form that has only its button, which can be anywhere on the page: see `buttonOf`. */
export const hiddenForm = (form: InteractionForm, action: string): Html =>
  html`<form id="${action}" method="post" action="${form.path}/${action}" hidden>${csrfInput(form)}</form>`;

export const buttonOf = (action: string, text: string, style: 'quiet' | 'link'): Html =>
  html`<button form="${action}" class="${style}">${text}</button>`;

interface Input {
  name: string;
  label: string;
  hint?: string;
  isOptional?: boolean;
  value?: string;
  problem?: string | undefined;
  hasFocus?: boolean;
  /** Attributes that differ from field to field. */
  attributes: Html;
}

/** A field with its label, its hint and what is wrong with it. */
export function fieldOf({ name, label, hint, isOptional, value = '', problem, hasFocus, attributes }: Input): Html {
  const describedBy = [hint && `${name}-hint`, problem && `${name}-error`].filter(Boolean).join(' ');
  return html`<div class="field">
    <label for="${name}">${label}${isOptional ? html` <small>(optional)</small>` : undefined}</label>
    <input
      id="${name}"
      name="${name}"
      value="${value}"
      ${attributes}
      ${isOptional ? undefined : html`required`}
      ${describedBy ? html`aria-describedby="${describedBy}"` : undefined}
      ${problem ? html`aria-invalid="true"` : undefined}
      ${hasFocus ? html`autofocus` : undefined}
    />
    ${hint ? html`<p class="hint" id="${name}-hint">${hint}</p>` : undefined}
    ${problem ? html`<p class="error" id="${name}-error">${problem}</p>` : undefined}
  </div>`;
}
