import { type Html, html, type PageContent } from '../../platform/pages/index.js';
import { describeScope, type Role, type Scope } from '../permissions/index.js';
import { appHeader } from './app-header.js';
import { alertOf, buttonOf, formTo, hiddenForm, titleOf } from './interaction-form.js';
import type { InteractionForm, Refusal } from './interaction-form.js';

interface Place {
  id: string;
  name: string;
  role: Role;
  /** What an admin has to approve there before members can let the app in with all that it asks for. */
  approval?: { isApproved: boolean; missing: Scope[] } | undefined;
}

/** What a person is asked to allow. */
export interface ConsentQuestion {
  person: string;
  email: string;
  isVerified: boolean;
  /** Where the app could act, and the person's role there. */
  organizations: Place[];
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
  const content = html`${alertOf(refusal)} ${organizationOf(question, choice)} ${approvalNotes(question)}
    ${scopesOf(clientName, question, choice)}
    <p class="fine">
      ${whatFollows(question)} You can end its access at any time, and so can an admin of the organization.
    </p>
    <div class="actions">
      <button>${needsToAsk(question) ? 'Continue' : 'Allow'}</button>${buttonOf('cancel', 'Cancel', 'quiet')}
    </div>`;
  return {
    title: titleOf(`Allow ${clientName}?`, refusal),
    isCard: true,
    formTargets: form.formTargets,
    body: html`${appHeader(form, question.owner)} ${account(question, instance)}
    ${isPossible ? formTo(form, 'consent', content) : html`${nothing}${buttonOf('cancel', 'Cancel', 'quiet')}`}
    ${hiddenForm(form, 'cancel')} ${hiddenForm(form, 'another-account')}`,
  };
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
        (place) =>
          html`<option value="${place.id}" ${place.id === choice?.organizationId ? html`selected` : undefined}>
            ${place.name} (${place.role}${isClosedTo(place) ? ', needs approval' : undefined})
          </option>`,
      )}
    </select>
    <p class="hint" id="organization-hint">It gets no access to your other organizations.</p>
  </div>`;
}

/** Whether the person is a member who cannot let the app in there at all. */
const isClosedTo = ({ role, approval }: Place): boolean => approval?.isApproved === false && role === 'member';

/** Whether the person can only ask for approval. */
const needsToAsk = ({ organizations }: ConsentQuestion): boolean => organizations.every(isClosedTo);

/** What members have to ask for, and what admins decide for all members. */
function approvalNotes({ organizations }: ConsentQuestion): Html {
  const [only] = organizations;
  const closed = organizations.length === 1 && only && isClosedTo(only) ? only.name : undefined;
  const decided = organizations.filter(({ role, approval }) => approval && role !== 'member').map(({ name }) => name);
  return html`${
    closed === undefined
      ? undefined
      : html`<p class="note">
          In <strong>${closed}</strong>, an administrator must approve this app first. You can ask for that on the next
          page.
        </p>`
  }
  ${
    decided.length === 0
      ? undefined
      : html`<p class="note">
          You are an administrator of <strong>${decided.join(', ')}</strong>, which requires approval of apps. If you
          allow this app there, you approve it for all members, with what you tick.
        </p>`
  }`;
}

const ROLES: Record<Role, string> = { owner: 'an owner', admin: 'an admin', member: 'a member' };

/** What comes with signing in. It cannot be unticked. */
const OPENID_SENTENCES: Record<string, string> = {
  openid: 'Recognize you when you sign in again',
  email: 'See your email address',
  profile: 'See your name',
  offline_access: 'Keep its access while you are away',
};

function scopesOf(clientName: string, question: ConsentQuestion, choice: ConsentChoice | undefined): Html {
  const { scopes, openid } = question;
  const unapproved = unapprovedIn(question);
  const always = openid.flatMap((scope) => OPENID_SENTENCES[scope] ?? []);
  return html`${
    scopes.length > 0
      ? html`<fieldset class="scopes">
          <legend>${clientName} will be able to</legend>
          ${scopes.map((each) => scopeBox(each, unapproved.includes(each.scope), choice))}
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

/** What the only organization of a member approves an app for, but not with these scopes. */
function unapprovedIn({ organizations }: ConsentQuestion): Scope[] {
  const [only] = organizations;
  const isPart = organizations.length === 1 && only?.role === 'member' && only.approval?.isApproved === true;
  return isPart ? (only.approval?.missing ?? []) : [];
}

const UNAPPROVED = 'Not approved by an administrator yet. If you tick it, you can ask for approval.';

function scopeBox(
  { scope, available }: ConsentQuestion['scopes'][number],
  isUnapproved: boolean,
  choice: ConsentChoice | undefined,
): Html {
  const hints = [CAUTIONS[scope], UNAVAILABLE[available], isUnapproved ? UNAPPROVED : undefined].filter(
    (text) => text !== undefined,
  );
  const isTicked = available !== 'nowhere' && (choice?.scopes.includes(scope) ?? !isUnapproved);
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
