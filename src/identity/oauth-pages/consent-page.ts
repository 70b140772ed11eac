import { type Html, html, type PageContent } from '../../platform/pages/index.js';
import { describeScope, type Role, type Scope } from '../permissions/index.js';
import { alertOf, buttonOf, formTo, hiddenForm, titleOf } from './interaction-form.js';
import type { InteractionForm, Refusal } from './interaction-form.js';

/** What a person is asked to allow. */
export interface ConsentQuestion {
  person: string;
  email: string;
  isVerified: boolean;
  /** Where the app could act, and the person's role there. */
  organizations: { id: string; name: string; role: Role }[];
  /** The organization that registered the app; undefined for an app that registered itself. */
  owner?: string | undefined;
  scopes: {
    scope: Scope;
    /** Where the person may allow it: in each of the organizations, in some, or in none. */
    available: 'everywhere' | 'somewhere' | 'nowhere';
  }[];
  /** The scopes of OpenID Connect, which come with signing in. */
  openid: readonly string[];
  /** Where the browser goes afterwards; undefined for a device, which continues by itself. */
  redirectUri: string | undefined;
}

/** What the person had chosen when the form was refused. */
export interface ConsentChoice {
  organizationId: string;
  scopes: string[];
}

export function consentPage(
  form: InteractionForm,
  question: ConsentQuestion,
  refusal: Refusal = {},
  choice?: ConsentChoice,
): PageContent {
  const { clientName, instance } = form;
  const isPossible = question.organizations.length > 0;
  const nothing = html`<p class="alert" role="alert">
    You belong to no organization in which ${clientName} could act.
  </p>`;
  const content = html`${alertOf(refusal)} ${organizationOf(question, choice)} ${scopesOf(clientName, question, choice)}
    <p class="fine">
      ${whatFollows(question)} You can end its access at any time, and so can an admin of the organization.
    </p>
    <div class="actions"><button>Allow</button>${buttonOf('cancel', 'Cancel', 'quiet')}</div>`;
  return {
    title: titleOf(`Allow ${clientName}?`, refusal),
    isCard: true,
    formTargets: form.formTargets,
    body: html`${app(form, question.owner)} ${account(question, instance)}
    ${isPossible ? formTo(form, 'consent', content) : html`${nothing}${buttonOf('cancel', 'Cancel', 'quiet')}`}
    ${hiddenForm(form, 'cancel')} ${hiddenForm(form, 'another-account')}`,
  };
}

function app({ clientName, clientUrl }: InteractionForm, owner: string | undefined): Html {
  const [initial = '?'] = clientName;
  const homepage = clientUrl && html`<a href="${clientUrl}" rel="noreferrer">${new URL(clientUrl).host}</a>`;
  const maker = owner
    ? html`By <strong>${owner}</strong>`
    : html`This app registered itself. Allow it only if you know it.`;
  return html`<div class="app">
    <span class="initial" aria-hidden="true">${initial.toUpperCase()}</span>
    <div>
      <h1>${clientName} wants to act for you</h1>
      <p class="muted">${maker}</p>
      ${homepage ? html`<p>${homepage}</p>` : undefined}
    </div>
  </div>`;
}

const account = ({ person, email, isVerified }: ConsentQuestion, instance: string): Html =>
  html`<div class="account">
      <p>
        <small>Your ${instance} account</small><strong>${person}</strong>${
          person === email ? undefined : html` <span class="muted">${email}</span>`
        }
      </p>
      ${buttonOf('another-account', 'Use another account', 'link')}
    </div>
    ${
      isVerified
        ? undefined
        : html`<p class="note">
            Your address is not confirmed yet. Open the link in the mail that we sent to ${email}.
          </p>`
    }`;

/** The only organization, or a choice among several. */
function organizationOf({ organizations }: ConsentQuestion, choice: ConsentChoice | undefined): Html {
  const [only] = organizations;
  if (only && organizations.length === 1) {
    return html`<p>It will act in <strong>${only.name}</strong>, where you are ${ROLES[only.role]}.</p>
      <input type="hidden" name="organization_id" value="${only.id}" />`;
  }
  return html`<div class="field">
    <label for="organization">It will act in</label>
    <select id="organization" name="organization_id" required aria-describedby="organization-hint">
      ${organizations.map(
        ({ id, name, role }) =>
          html`<option value="${id}" ${id === choice?.organizationId ? html`selected` : undefined}>
            ${name} (${role})
          </option>`,
      )}
    </select>
    <p class="hint" id="organization-hint">It gets no access to your other organizations.</p>
  </div>`;
}

const ROLES: Record<Role, string> = { owner: 'an owner', admin: 'an admin', member: 'a member' };

/** What comes with signing in. It cannot be unticked. */
const OPENID_SENTENCES: Record<string, string> = {
  openid: 'Recognize you when you sign in again',
  email: 'See your email address',
  profile: 'See your name',
  offline_access: 'Keep its access while you are away',
};

function scopesOf(clientName: string, { scopes, openid }: ConsentQuestion, choice: ConsentChoice | undefined): Html {
  const always = openid.flatMap((scope) => OPENID_SENTENCES[scope] ?? []);
  return html`${
    scopes.length > 0
      ? html`<fieldset class="scopes">
          <legend>${clientName} will be able to</legend>
          ${scopes.map((each) => scopeBox(each, choice))}
          <p class="hint">Untick what you do not want to allow. The app may then not work fully.</p>
        </fieldset>`
      : undefined
  }
  ${
    always.length > 0
      ? html`<div class="always">
          <p>${scopes.length > 0 ? 'It will also' : html`${clientName} will`}</p>
          <ul>
            ${always.map((sentence) => html`<li>${sentence}</li>`)}
          </ul>
        </div>`
      : undefined
  }`;
}

const UNAVAILABLE = {
  everywhere: undefined,
  somewhere: 'Only in organizations where you are an admin or owner.',
  nowhere: 'Not available: only admins and owners can allow this.',
};

/** What a person may not expect of a scope. */
const CAUTIONS: Partial<Record<Scope, string>> = {
  'webhooks:write': 'Webhooks send data of the organization to other servers.',
  'billing:write': 'This can cost money.',
  'api-keys:write': 'API keys give other programs access to the organization.',
};

function scopeBox({ scope, available }: ConsentQuestion['scopes'][number], choice: ConsentChoice | undefined): Html {
  const hints = [CAUTIONS[scope], UNAVAILABLE[available]].filter((text) => text !== undefined);
  const isTicked = available !== 'nowhere' && (choice?.scopes.includes(scope) ?? true);
  const id = `scope-${scope.replace(':', '-')}`;
  return html`<div class="check">
    <input
      id="${id}"
      type="checkbox"
      name="scope"
      value="${scope}"
      ${isTicked ? html`checked` : undefined}
      ${available === 'nowhere' ? html`disabled` : undefined}
      ${hints.length > 0 ? html`aria-describedby="${id}-hint"` : undefined}
    />
    <label for="${id}">${describeScope(scope)}</label>
    ${hints.length > 0 ? html`<p class="hint" id="${id}-hint">${hints.join(' ')}</p>` : undefined}
  </div>`;
}

function whatFollows({ redirectUri }: ConsentQuestion): Html {
  if (redirectUri === undefined) return html`Your device continues by itself.`;
  const { protocol, host, hostname } = new URL(redirectUri);
  if (protocol !== 'http:' && protocol !== 'https:') {
    return html`You return to the app on this device (<strong>${protocol.slice(0, -1)}</strong>).`;
  }
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return isHere
    ? html`You return to an app on this device (<strong>${host}</strong>).`
    : html`You return to <strong>${host}</strong>.`;
}
