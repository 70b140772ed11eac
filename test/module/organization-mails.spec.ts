import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { letters, rendered } from '../../src/outreach/mail/mails.js';
import type { TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { confirmAddress, PASSWORD, register, type Account } from '../harness/fixtures.js';
import { type MailServer, tokenIn, type ReceivedMail } from '../harness/mail-server.js';
import { startMailedApp, type MailedApp } from '../harness/mailed-app.js';

const ME = '/api/v1/organizations/me';
const REMOVED = /^\[Parlance\] you were removed from/i;
const DELETED = /was deleted$/i;

let app: MailedApp;
let client: TestClient;
let mailServer: MailServer;
beforeAll(async () => {
  app = await startMailedApp();
  ({ client, mailServer } = app);
});
afterEach(() => {
  mailServer.refuseWith = undefined;
});
afterAll(() => app.close());

/** Another person, who joins the organization. */
async function join(owner: Account, role: string): Promise<Account> {
  const person = await register(client);
  await confirmAddress(app.database, owner);
  await owner.session.post(`${ME}/invitations`, { email: person.email, role });
  const token = tokenIn(await mailServer.waitFor(person.email, /^\[Parlance\] join/i));
  expect(await person.session.post('/api/v1/invitations/accept', { token })).toMatchObject({ status: 200 });
  return person;
}
async function remove(owner: Account, { userId }: Account): Promise<void> {
  expect((await owner.session.delete(`${ME}/members/${userId}`)).status).toBe(204);
}
async function deleteOrganization({ session }: Account, name: string): Promise<void> {
  expect((await session.call('DELETE', ME, { body: { name } })).status).toBe(204);
}
const mailsTo = ({ email }: Account, subject: RegExp): ReceivedMail[] =>
  mailServer.to(email).filter((mail) => subject.test(mail.subject ?? ''));
/** The deliveries of the mails about this event. */
const deliveries = (type: string, organizationId: string): Promise<{ attempts: number; completed: boolean }[]> =>
  app.database.query(
    `SELECT attempts, completed_at IS NOT NULL AS completed FROM event_deliveries d JOIN events e ON e.id = d.event_id
     WHERE d.subscriber = 'mail' AND e.type = $1 AND e.organization_id = $2`,
    [type, organizationId],
  );
const expectTried = (type: string, { organizationId }: Account): Promise<void> =>
  eventually(async () => {
    const tried = await deliveries(type, organizationId);
    expect(tried.length).toBeGreaterThan(0);
    for (const { attempts } of tried) expect(attempts).toBeGreaterThan(0);
  });
const expectDone = (type: string, { organizationId }: Account): Promise<void> =>
  eventually(async () => {
    for (const delivery of await deliveries(type, organizationId)) expect(delivery).toMatchObject({ completed: true });
  });

describe('a removed member', () => {
  it('gets one mail, and a member who leaves gets none', async () => {
    const owner = await register(client, { organization_name: 'Engines' });
    const [removed, leaver] = [await join(owner, 'admin'), await join(owner, 'member')];
    expect(
      (await leaver.session.post('/auth/switch-organization', { organization_id: owner.organizationId })).status,
    ).toBe(200);
    expect((await leaver.session.post(`${ME}/leave`)).status).toBe(204);
    await remove(owner, removed);
    const mail = await mailServer.waitFor(removed.email, REMOVED);
    expect(mail.subject).toBe('[Parlance] You were removed from Engines');
    expect(mail.text).toContain('organization "Engines"');
    expect(mail.recipients).toEqual([removed.email]);
    await expectDone('member.removed', owner);
    expect(mailsTo(removed, REMOVED)).toHaveLength(1);
    for (const person of [leaver, owner]) expect(mailsTo(person, REMOVED)).toEqual([]);
  });

  it('gets no mail that is no longer true', async () => {
    const owner = await register(client);
    const member = await join(owner, 'member');
    mailServer.refuseWith = 450;
    await remove(owner, member);
    await expectTried('member.removed', owner);
    await app.database.query(`INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'member')`, [
      owner.organizationId,
      member.userId,
    ]);
    mailServer.refuseWith = undefined;
    await expectDone('member.removed', owner);
    expect(mailsTo(member, REMOVED)).toEqual([]);
  }, 30_000);

  it('gets no mail when the account is gone', async () => {
    const owner = await register(client);
    const member = await join(owner, 'member');
    mailServer.refuseWith = 450;
    await remove(owner, member);
    await expectTried('member.removed', owner);
    expect((await member.session.call('DELETE', '/api/v1/users/me', { body: { password: PASSWORD } })).status).toBe(
      204,
    );
    mailServer.refuseWith = undefined;
    await expectDone('member.removed', owner);
    expect(mailsTo(member, REMOVED)).toEqual([]);
  }, 30_000);
});

describe('the owners of a deleted organization', () => {
  it('get one mail each with the date until which it can be restored, and how', async () => {
    const owner = await register(client, { organization_name: 'Engines' });
    const [other, admin] = [await join(owner, 'owner'), await join(owner, 'admin')];
    await deleteOrganization(owner, 'Engines');
    const mails = [await mailServer.waitFor(owner.email, DELETED), await mailServer.waitFor(other.email, DELETED)];
    expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(2);
    expect(mails.map(({ recipients }) => recipients)).toEqual([[owner.email], [other.email]]);
    await expectDone('organization.deletion_announced', owner);
    for (const person of [owner, other]) expect(mailsTo(person, DELETED)).toHaveLength(1);
    expect(mailsTo(admin, DELETED)).toEqual([]);

    const { text = '' } = mails[1] as ReceivedMail;
    const { body } = await other.session.get<{ purge_at: string }>(`/api/v1/organizations/${owner.organizationId}`);
    expect(text).toContain(`On ${body.purge_at.slice(0, 16).replace('T', ' ')} UTC, the organization`);
    const [, path] = /send POST http:\/\/parlance\.test(\S+)/.exec(text) ?? [];
    expect(await other.session.post(path as string)).toMatchObject({ status: 200 });
  });

  it('get no mail when it has been restored in the meantime', async () => {
    const owner = await register(client, { organization_name: 'Engines' });
    const other = await join(owner, 'owner');
    mailServer.refuseWith = 450;
    await deleteOrganization(owner, 'Engines');
    await expectTried('organization.deletion_announced', owner);
    expect((await other.session.post(`/api/v1/organizations/${owner.organizationId}/restore`)).status).toBe(200);
    mailServer.refuseWith = undefined;
    await expectDone('organization.deletion_announced', owner);
    for (const person of [owner, other]) expect(mailsTo(person, DELETED)).toEqual([]);
  }, 30_000);
});

describe('the name of an organization', () => {
  const organizationName = `<b>a</b>\r\nBcc: eve@example.com ${'x'.repeat(300)}`;
  it.each([
    letters.removedFromOrganization({ organizationName }),
    letters.appConnected({ organizationName, appName: organizationName }),
    letters.appDisconnected({ organizationName, appName: organizationName }),
    letters.organizationDeleted({
      organizationName,
      purgeAt: new Date(),
      restoreUrl: 'https://api.example.com/restore',
    }),
  ])('does no harm', (letter) => {
    const { subject, text, html } = rendered(letter);
    expect(subject.length).toBeLessThan(110);
    expect(subject).not.toMatch(/[\r\n]/);
    expect(text).not.toContain('\nBcc');
    expect(html).not.toContain('<b>');
  });
});
