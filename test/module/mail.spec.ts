import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/bootstrap.js';
import { letters, rendered } from '../../src/outreach/mail/mails.js';
import { Logger } from '../../src/platform/telemetry/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import { TestClient } from '../harness/client.js';
import { createDatabase } from '../harness/database.mjs';
import { testConfig } from '../harness/environment.js';
import { eventually } from '../harness/eventually.js';
import { confirmAddress, register, withKey, type Account } from '../harness/fixtures.js';
import { MailServer, tokenIn } from '../harness/mail-server.js';

const CONFIRM = /confirm your email/i;
const EXPIRES = new Date('2030-01-02T03:04:05Z');

/** The progress of the mails with a link for that person. */
const deliveriesTo = (
  app: TestApp,
  { userId }: Account,
): Promise<{ attempts: number; completed: boolean; last_error: string | null }[]> =>
  app.database.query(
    `SELECT attempts, completed_at IS NOT NULL AS completed, last_error
     FROM event_deliveries d JOIN events e ON e.id = d.event_id JOIN one_time_tokens t ON t.id = e.subject
     WHERE d.subscriber = 'mail' AND t.user_id = $1`,
    [userId],
  );

describe('a mail', () => {
  let app: TestApp;
  let mailServer: MailServer;
  beforeAll(async () => {
    mailServer = await MailServer.start();
    app = await startApp(mailServer.variables);
  });
  afterAll(async () => {
    await app.close();
    await mailServer.down();
  });

  it('is plain text and HTML, from the configured sender, with the id of its event', async () => {
    const ada = await register(app.client);
    const mail = await mailServer.waitFor(ada.email, CONFIRM);
    const link = `http://parlance.test/auth/verify-email#token=${tokenIn(mail)}`;
    expect(mail.from).toEqual({ name: 'Parlance', address: 'no-reply@parlance.test' });
    expect(mail.to).toEqual([{ name: '', address: ada.email }]);
    expect(mail.text).toContain(link);
    expect(mail.html).toContain(`href="${link}"`);
    const [event] = await app.database.query<{ id: string }>(
      `SELECT e.id FROM events e JOIN one_time_tokens t ON t.id = e.subject WHERE t.user_id = $1`,
      [ada.userId],
    );
    expect(mail.messageId).toBe(`<${event?.id}@parlance.test>`);
    expect(mail.headers).toContainEqual(expect.objectContaining({ key: 'auto-submitted', value: 'auto-generated' }));
  });

  it('leaves neither its secret nor an address in the event', async () => {
    const ada = await register(app.client);
    const token = tokenIn(await mailServer.waitFor(ada.email, CONFIRM));
    const rows = await app.database.query<{ text: string }>('SELECT e::text AS text FROM events e');
    for (const secret of [token.split('.')[1] as string, ada.email]) {
      expect(rows.filter(({ text }) => text.includes(secret))).toEqual([]);
    }
  });

  it('waits while a mail server is away, and arrives once', async () => {
    await mailServer.down();
    const ada = await register(app.client);
    await eventually(async () => {
      const [delivery] = await deliveriesTo(app, ada);
      expect(delivery?.attempts).toBeGreaterThan(0);
      expect(delivery?.last_error).not.toContain(ada.email);
    });
    await mailServer.up();
    await mailServer.waitFor(ada.email, CONFIRM);
    await eventually(async () => expect(await deliveriesTo(app, ada)).toMatchObject([{ completed: true }]));
    expect(mailServer.to(ada.email)).toHaveLength(1);
  });

  it.each([450, 530])('is retried if the mailbox, or all of them, are refused temporarily: %i', async (status) => {
    mailServer.refuseWith = status;
    const ada = await register(app.client);
    await eventually(async () => {
      const [delivery] = await deliveriesTo(app, ada);
      expect(delivery).toMatchObject({ completed: false, last_error: expect.stringContaining(String(status)) });
      expect(delivery?.last_error).not.toContain(ada.email);
    });
    mailServer.refuseWith = undefined;
    await mailServer.waitFor(ada.email, CONFIRM);
  });

  it('is given up if the mailbox is refused permanently', async () => {
    mailServer.refuseWith = 550;
    const ada = await register(app.client);
    await eventually(async () =>
      expect(await deliveriesTo(app, ada)).toMatchObject([{ completed: true, attempts: 1 }]),
    );
    mailServer.refuseWith = undefined;
    expect(mailServer.to(ada.email)).toEqual([]);
  });

  it('is retried if the mail itself is refused temporarily', async () => {
    mailServer.refuseMailWith = 451;
    const ada = await register(app.client);
    await eventually(async () => {
      const [delivery] = await deliveriesTo(app, ada);
      expect(delivery).toMatchObject({ completed: false, last_error: expect.stringContaining('451') });
    });
    mailServer.refuseMailWith = undefined;
    await mailServer.waitFor(ada.email, CONFIRM);
  });

  it('is given up if the mail itself is refused permanently', async () => {
    mailServer.refuseMailWith = 554;
    const ada = await register(app.client);
    await eventually(async () =>
      expect(await deliveriesTo(app, ada)).toMatchObject([{ completed: true, attempts: 1 }]),
    );
    mailServer.refuseMailWith = undefined;
    expect(mailServer.to(ada.email)).toEqual([]);
  });

  it('contains an invitation, and the names in it do no harm', async () => {
    const ada = await register(app.client);
    await confirmAddress(app.database, ada);
    // From before such names were rejected.
    const name = '<script>alert(1)</script>\r\nBcc: eve@evil.example';
    await app.database.query('UPDATE users SET name = $2 WHERE id = $1', [ada.userId, name]);
    await app.database.query('UPDATE organizations SET name = $2 WHERE id = $1', [
      ada.organizationId,
      `Engines\r\nX-Evil: yes ${name} https://evil.example/pay`,
    ]);
    const email = 'invited.person@example.com';
    const { status } = await ada.session.post('/api/v1/organizations/me/invitations', { email, role: 'member' });
    expect(status).toBe(201);
    const mail = await mailServer.waitFor(email, /^\[Parlance\] join/i);
    expect(mail.recipients).toEqual([email]);
    expect(mail.headers.map(({ key }) => key)).not.toEqual(expect.arrayContaining(['bcc']));
    expect(mail.headers.map(({ key }) => key)).not.toEqual(expect.arrayContaining(['x-evil']));
    expect(mail.html).not.toContain('<script');
    expect(mail.html).toContain('&lt;script&gt;');
    for (const part of [mail.subject, mail.text, mail.html])
      expect(part).not.toMatch(/evil\.example|eve@|https:\/\/evil/);
    expect(mail.text).toContain(`/auth/accept-invitation#token=${tokenIn(mail)}`);
  });
});

describe('a mail server that hangs', () => {
  const UNTRIED = [{ attempts: 0, completed: false }];
  const SENT_AT_ONCE = [{ attempts: 1, completed: true }];
  let app: TestApp;
  let mailServer: MailServer;
  beforeAll(async () => {
    mailServer = await MailServer.start();
    app = await startApp(mailServer.variables);
  });
  afterAll(async () => {
    mailServer.goOn();
    await app.database.drop();
    await mailServer.down();
  });

  const expectWaiting = (count: number): Promise<void> =>
    eventually(() => expect(mailServer.waiting).toBeGreaterThanOrEqual(count));

  it('after receiving a mail gets more time than for its greeting, and is not sent it again', async () => {
    mailServer.hangsAt = 'answer';
    const ada = await register(app.client);
    await expectWaiting(1);
    mailServer.hangsAt = 'greeting';
    const bob = await register(app.client);
    await eventually(
      async () =>
        expect(await deliveriesTo(app, bob)).toMatchObject([{ last_error: expect.stringContaining('TIMEDOUT') }]),
      20_000,
    );
    expect(await deliveriesTo(app, ada)).toMatchObject(UNTRIED);
    mailServer.goOn();
    await eventually(async () => expect(await deliveriesTo(app, ada)).toMatchObject(SENT_AT_ONCE));
    expect(mailServer.to(ada.email)).toHaveLength(1);
    await mailServer.waitFor(bob.email, CONFIRM);
  }, 40_000);

  it('delays no other work', async () => {
    mailServer.hangsAt = 'answer';
    const people = await Promise.all(Array.from({ length: 10 }, () => register(app.client)));
    await expectWaiting(5);
    const [ada] = people as [Account];
    await withKey(ada.session, ['knowledge:read']);
    await eventually(async () =>
      expect((await ada.session.get('/api/v1/notifications')).body).toMatchObject({ total_count: 1 }),
    );
    for (const person of people) expect(await deliveriesTo(app, person)).toMatchObject(UNTRIED);
    mailServer.goOn();
    for (const person of people) await mailServer.waitFor(person.email, CONFIRM);
  });

  it('does not delay the exit of a process, and the mail is retried by another', async () => {
    mailServer.hangsAt = 'answer';
    const ada = await register(app.client);
    await expectWaiting(1);
    await app.nest.close();
    expect(await deliveriesTo(app, ada)).toMatchObject([{ attempts: 1, completed: false }]);
  }, 40_000);
});

describe('text', () => {
  const invitation = (name: string): ReturnType<typeof rendered> =>
    rendered(
      letters.invitation('https://api.example.com/x#token=a&b', {
        organizationName: name,
        inviterName: name,
        role: 'member',
        expiresAt: EXPIRES,
      }),
    );

  it.each(['a\r\nb', 'a\nb', 'a\u2028b', 'a\u0000b', 'a\u0085b'])('stays on one line: %j', (name) => {
    const { subject, text } = invitation(name);
    expect(subject).toBe('Join a b');
    expect(text).toContain('"a b"');
  });

  it('is escaped in HTML, including the address of the link', () => {
    const { html } = invitation(`"><img src=x onerror='a'>&`);
    expect(html).toContain('&quot;&gt;&lt;img src=x onerror=&#39;a&#39;&gt;&amp;');
    expect(html).toContain('href="https://api.example.com/x#token=a&amp;b"');
  });

  it.each([
    'https://evil.example/pay',
    'HTTP:\\\\evil.example',
    'www.evil.example',
    'evil.example/pay?now=1',
    'evil\u3002example',
    'evil\uff0eexample',
    'e\u00advil\u200b.exa\u2060mple',
    'eve@evil.example',
    'eve\uff20evil.example',
    'mailto:eve@evil.example',
    '192.0.2.1:8080',
    'javascript:alert(1)',
    '//evil.example',
  ])('contains nothing in a name that a mail program turns into a link: %j', (name) => {
    const { subject, text } = invitation(`Pay at ${name} now`);
    const said = text.replace('https://api.example.com/x#token=a&b', '').replace(/expires on \S+ \S+ UTC/, '');
    for (const part of [subject, said]) {
      expect(part).toContain('Pay at ');
      expect(part).not.toMatch(/[\w\u3002][.:@\u3002\uff0e\uff20]\w|\/\/|\\\\|www\.|@/u);
    }
  });

  it.each(['Acme Inc.', "O'Reilly & Söhne", 'A/B – Labor', '株式会社', 'שלום עולם', 'Tom (Berlin)'])(
    'keeps an ordinary name unchanged: %s',
    (name) => expect(invitation(name).subject).toBe(`Join ${name}`),
  );

  it('tells a new account’s recipient what to do if another person created it', () => {
    const { text } = rendered(letters.verifyEmail('https://api.example.com/x'));
    expect(text).toContain('If you did not create it, do not confirm');
    expect(text).toContain('reset the password');
  });

  it('leaves no room for a message in a name', () => {
    const { subject } = invitation(`${'x'.repeat(78)}😀${'y'.repeat(300)}`);
    expect(subject.length).toBeLessThan(100);
    expect(subject.isWellFormed()).toBe(true);
  });
});

describe('without a mail server', () => {
  const logOf = async (environment: string): Promise<{ log: string; email: string }> => {
    const database = await createDatabase();
    const lines: string[] = [];
    const config = testConfig({
      DATABASE_URL: database.url,
      WORKER_INLINE: 'true',
      LOG_LEVEL: 'info',
      NODE_ENV: environment,
    });
    const nest = await createApp(config, new Logger(config, { write: (line: string) => void lines.push(line) }));
    try {
      await nest.listen(0, '127.0.0.1');
      const { email } = await register(new TestClient(await nest.getUrl()));
      await eventually(async () => {
        const [row] = await database.query(
          `SELECT count(*)::int AS sent FROM event_deliveries WHERE subscriber = 'mail' AND completed_at IS NOT NULL`,
        );
        expect(row).toEqual({ sent: 1 });
      });
      return { log: lines.join(''), email };
    } finally {
      await nest.close();
      await database.drop();
    }
  };

  it('shows mails in the log during development', async () => {
    const { log, email } = await logOf('development');
    expect(log).toContain(email);
    expect(log).toMatch(/\/auth\/verify-email#token=[\w-]+\.[\w-]+/);
    expect(log).not.toContain('no mail is sent');
  });

  it('warns once in production, and shows no link', async () => {
    const { log, email } = await logOf('production');
    expect(log.match(/SMTP_URL is not set: no mail is sent/g)).toHaveLength(1);
    expect(log).not.toContain('token=');
    expect(log).not.toContain(email);
  });
});
