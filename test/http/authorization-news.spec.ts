import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Callers } from '../harness/callers.js';
import { eventually } from '../harness/eventually.js';
import type { Page } from '../harness/expectations.js';
import { register, type Account } from '../harness/fixtures.js';
import { startMailedApp, type MailedApp } from '../harness/mailed-app.js';
import { makeApplication, obtainTokens, type Application } from '../harness/oauth.js';

let app: MailedApp;
let person: Account;
let application: Application;
beforeAll(async () => {
  app = await startMailedApp();
  person = await register(app.client);
  await app.database.query('UPDATE users SET is_verified = true');
  application = await makeApplication(person.session);
});
afterAll(() => app.close());

const titles = async (): Promise<string[]> => {
  const { body } = await person.session.get<Page<{ title: string }>>('/api/v1/notifications');
  return body.data.map(({ title }) => title);
};
const subjects = (): (string | undefined)[] => app.mailServer.to(person.email).map(({ subject }) => subject);
const authorization = async (): Promise<string> => {
  const { body } = await person.session.get<Page<{ id: string }>>('/api/v1/authorizations');
  return `/api/v1/authorizations/${body.data[0]?.id}`;
};

describe('a person', () => {
  it('is told of an app that was let in, and of one that an admin ended', async () => {
    await obtainTokens(app.client, application, { email: person.email });
    await eventually(async () => expect(await titles()).toContain('App connected'));
    await eventually(() => expect(subjects()).toContain('[Parlance] You connected Ticket Assistant'));
    const { organizationId } = person;
    const admin = await new Callers(app).person({ organizationId, role: 'admin' });
    expect((await admin.client.delete(await authorization())).status).toBe(204);
    await eventually(async () => expect(await titles()).toContain('App disconnected'));
    await eventually(() => expect(subjects()).toContain('[Parlance] Ticket Assistant was disconnected'));
    const { body } = await admin.client.get<Page<{ title: string }>>('/api/v1/notifications');
    expect(body.data.map(({ title }) => title)).not.toContain('App connected');
  });

  it('is not told of what they ended', async () => {
    await obtainTokens(app.client, application, { email: person.email });
    expect((await person.session.delete(await authorization())).status).toBe(204);
    await eventually(async () => {
      const [row] = await app.database.query<{ left: number }>(
        `SELECT count(*)::int AS left FROM events e LEFT JOIN event_deliveries d ON d.event_id = e.id
         WHERE e.type = 'authorization.ended' AND (e.relayed_at IS NULL OR d.completed_at IS NULL)`,
      );
      expect(row?.left).toBe(0);
    });
    expect((await titles()).filter((title) => title === 'App disconnected')).toHaveLength(1);
  });
});
