import { expect } from 'vitest';
import type { TestClient } from './client.js';
import type { Page } from './expectations.js';
import { register, type Account } from './fixtures.js';
import { authorizationPath, FormBrowser, makeApplication, makePkce, type Place } from './oauth.js';
import { PASSWORD } from './planted.mjs';
import { seal } from './seal.js';

export const APPROVALS = '/api/v1/app-approvals';
const INVITATIONS = '/api/v1/organizations/me/invitations';

export interface Approval {
  id: string;
  client_id: string;
  status: string;
  scopes: string[];
  requested_scopes: string[];
  requested_by: string[];
}

/** A person with their own organization who is also a member of that admin's. */
async function joinAsMember(admin: TestClient): Promise<Account> {
  const member = await register(admin.as());
  const { body } = await admin.post<{ id: string }>(INVITATIONS, { email: member.email });
  const accepted = await member.session.post('/api/v1/invitations/accept', { token: seal('invitation', body.id) });
  expect(accepted).toMatchObject({ status: 200 });
  return member;
}

export async function requireApproval(admin: TestClient, required = true): Promise<void> {
  const { status, body } = await admin.patch('/api/v1/organizations/me', { require_app_approval: required });
  expect({ status, body }).toMatchObject({ status: 200, body: { require_app_approval: required } });
}

/** What a person allows at the consent page, and where. */
export interface Choice {
  email: string;
  organizationId: string;
  /** Asked for by the app. */
  scope?: string;
  /** All that the app asks for by default. */
  ticked?: string[];
  parameters?: Record<string, string>;
}

/** A browser in which a person signs in and sends the consent page of an app. */
export async function consentTo(
  client: TestClient,
  clientId: string,
  { email, organizationId, scope = 'conversations:read', ticked = scope.split(' '), parameters = {} }: Choice,
): Promise<{ browser: FormBrowser; place: Place; verifier: string }> {
  const { verifier, challenge } = makePkce();
  const browser = new FormBrowser(client.url);
  await browser.open(
    authorizationPath(clientId, challenge, { scope, parameters: { prompt: 'consent', ...parameters } }),
  );
  await browser.submit('/sign-in', [
    ['email', email],
    ['password', PASSWORD],
  ]);
  const place = await sendConsent(browser, organizationId, ticked);
  return { browser, place, verifier };
}

export const sendConsent = (browser: FormBrowser, organizationId: string, ticked: string[]): Promise<Place> => {
  const fields = ticked.map((each): [string, string] => ['scope', each]);
  // A person with one organization has no choice: it is a hidden field.
  const isChosen = browser.formOf('/consent').hidden.some(([name]) => name === 'organization_id');
  return browser.submit('/consent', isChosen ? fields : [['organization_id', organizationId], ...fields]);
};

/** A pending approval in the organization of that owner: a member asks for an app of their own. */
export async function makeAppApproval(owner: TestClient, name = 'Ticket Assistant'): Promise<Approval> {
  await requireApproval(owner);
  const { body: organization } = await owner.get<{ id: string }>('/api/v1/organizations/me');
  const member = await joinAsMember(owner);
  const { client_id } = await makeApplication(member.session, { name });
  const choice = { email: member.email, organizationId: organization.id };
  const { browser } = await consentTo(owner, client_id, choice);
  await browser.submit('/approval');
  return getApproval(owner, client_id);
}

/** The approval of an app, as an admin sees it. */
export async function getApproval(admin: TestClient, clientId: string): Promise<Approval> {
  const { body } = await admin.get<Page<Approval>>(APPROVALS);
  const found = body.data.find((approval) => approval.client_id === clientId);
  expect({ clientId, found }).toMatchObject({ found: expect.anything() });
  return found as Approval;
}
