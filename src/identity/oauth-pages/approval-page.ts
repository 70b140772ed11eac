import { type Html, html, type PageContent } from '../../platform/pages/index.js';
import { describeScope, type Scope } from '../permissions/index.js';
import { nameOf } from './app-header.js';
import { alertOf, buttonOf, formTo, hiddenForm, titleOf } from './interaction-form.js';
import type { InteractionForm, Refusal } from './interaction-form.js';

/** An app that a member cannot let in before an admin approves it. */
export interface ApprovalQuestion {
  organization: { id: string; name: string };
  /** The organization that registered the app; undefined for an app that registered itself. */
  owner?: string | undefined;
  /** What the member wants to allow. */
  scopes: Scope[];
  /** Whether the member has asked, and waits for an answer. */
  isAsked: boolean;
  wasDenied: boolean;
}

/** Asks for approval, or says that it is requested. */
export function approvalPage(form: InteractionForm, question: ApprovalQuestion, refusal: Refusal = {}): PageContent {
  const title = question.isAsked ? 'Approval requested' : 'This app needs approval';
  return {
    title: titleOf(title, refusal),
    isCard: true,
    formTargets: form.formTargets,
    body: html`<h1>${title}</h1>
      ${question.isAsked ? waiting(form, question) : asking(form, question, refusal)} ${hiddenForm(form, 'leave')}`,
  };
}

const waiting = (form: InteractionForm, { organization, scopes }: ApprovalQuestion): Html =>
  html`<p>You asked the administrators of <strong>${organization.name}</strong> to approve ${nameOf(form)}.</p>
    ${listOf(scopes)}
    <p>We notify you when they have decided. If they approve it, start again in the app.</p>
    <div class="actions">${buttonOf('leave', 'Return to the app', 'quiet')}</div>
    <p><a href="${form.path}">Choose something else</a></p>`;

function asking(form: InteractionForm, question: ApprovalQuestion, refusal: Refusal): Html {
  const { organization, owner, scopes, wasDenied } = question;
  const by = owner ? html`, by <strong>${owner}</strong>` : undefined;
  return html`<p>
      In <strong>${organization.name}</strong>, an administrator must approve apps before members can use them. You want
      to allow ${nameOf(form)}${by}.
    </p>
    ${listOf(scopes)}
    ${wasDenied ? html`<p class="note">An administrator denied this app before. You can ask again.</p>` : undefined}
    ${formTo(
      form,
      'approval',
      html`${alertOf(refusal)}
        <input type="hidden" name="organization_id" value="${organization.id}" />
        ${scopes.map((scope) => html`<input type="hidden" name="scope" value="${scope}" />`)}
        <p class="fine">The administrators see your name and what the app may do.</p>
        <div class="actions"><button>Ask for approval</button>${buttonOf('leave', 'Cancel', 'quiet')}</div>`,
    )}
    <p><a href="${form.path}">Choose something else</a></p>`;
}

const listOf = (scopes: Scope[]): Html | undefined =>
  scopes.length === 0
    ? undefined
    : html`<div class="always">
        <p>It will be able to</p>
        <ul>
          ${scopes.map((scope) => html`<li>${describeScope(scope)}</li>`)}
        </ul>
      </div>`;
