import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { eventually } from './eventually.js';

export interface ReceivedMail extends Email {
  /** Of the envelope. */
  recipients: string[];
  /** As received. */
  raw: string;
}

/** A real SMTP server that stores the mails that it receives. */
export class MailServer {
  readonly mails: ReceivedMail[] = [];
  /** The credentials used to sign in, if any. */
  readonly logins: { username: string; password: string }[] = [];
  /** Rejects a recipient with that status code; undefined accepts all. */
  refuseWith: number | undefined;
  /** Rejects a received mail with that status code; undefined accepts all. */
  refuseMailWith: number | undefined;
  /** Where it hangs, if anywhere: before its greeting, or after it has received a mail. */
  hangsAt: 'greeting' | 'answer' | undefined;
  private readonly kept: (() => void)[] = [];
  private server: SMTPServer | undefined;

  private constructor(private port: number) {}

  static async start(): Promise<MailServer> {
    const server = new MailServer(0);
    await server.up();
    return server;
  }

  /** The settings of a server that uses it. */
  get variables(): Record<string, string> {
    return { SMTP_URL: `smtp://127.0.0.1:${this.port}`, MAIL_FROM: 'Parlance <no-reply@parlance.test>' };
  }

  /** The number of clients that wait for its next response. */
  get waiting(): number {
    return this.kept.length;
  }

  /** Sends the responses held back, and no longer hangs. */
  goOn(): void {
    this.hangsAt = undefined;
    this.kept.splice(0).forEach((speak) => speak());
  }

  /** Listens on the same port as before. */
  async up(): Promise<void> {
    this.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) => {
        this.logins.push({ username: username ?? '', password: password ?? '' });
        done(null, { user: username ?? '' });
      },
      onConnect: (_session, done) => this.at('greeting', done),
      onRcptTo: (_address, _session, done) => {
        if (!this.refuseWith) return done();
        done(refusal('No such mailbox here', this.refuseWith));
      },
      onData: (stream, { envelope }, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.once('end', () => {
          const raw = Buffer.concat(chunks);
          if (this.refuseMailWith) return done(refusal('Looks like spam', this.refuseMailWith));
          void PostalMime.parse(raw).then((mail) => {
            this.mails.push({ ...mail, recipients: envelope.rcptTo.map(({ address }) => address), raw: String(raw) });
            this.at('answer', done);
          }, done);
        });
      },
    });
    // A client that disconnects does not fail the test.
    this.server.on('error', () => undefined);
    const server = this.server.listen(this.port, '127.0.0.1');
    if (!server.listening) await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
  }

  async down(): Promise<void> {
    const { server } = this;
    if (server) await new Promise<void>((resolve) => server.close(resolve));
    this.server = undefined;
  }

  private at(point: MailServer['hangsAt'], speak: () => void): void {
    if (this.hangsAt === point) this.kept.push(speak);
    else speak();
  }

  /** All mails to that address, oldest first. */
  to(address: string): ReceivedMail[] {
    return this.mails.filter(({ recipients }) => recipients.includes(address));
  }

  /** The newest mail to that address with this in its subject, as soon as there are that many. */
  waitFor(address: string, subject: RegExp, count = 1): Promise<ReceivedMail> {
    return eventually(() => {
      const found = this.to(address).filter((mail) => subject.test(mail.subject ?? ''));
      if (found.length < count) throw new Error(`${found.length} of ${count} mails ${subject} to ${address}`);
      return found.at(-1) as ReceivedMail;
    });
  }
}

const refusal = (message: string, responseCode: number): Error => Object.assign(new Error(message), { responseCode });

/** The token in the link of a mail. */
export function tokenIn(mail: ReceivedMail): string {
  const [, token] = /#token=(\S+)/.exec(mail.text ?? '') ?? [];
  if (!token) throw new Error(`no link in: ${mail.text}`);
  return token;
}
