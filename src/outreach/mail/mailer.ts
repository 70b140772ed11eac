import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { createTransport, type Transporter } from 'nodemailer';
import { Config } from '../../platform/config/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { normalizeEmail } from '../../platform/text/index.js';
import { rendered, type Letter } from './mails.js';

/** How long to wait for a mail server to answer at all. */
const CONNECT_MS = 10_000;
/**
 * How long to wait for its next word after that. A server may still be looking through a mail that it has received whole: who
 * gives up then sends it twice, so RFC 5321 (4.5.3.2.6) asks for 10 minutes.
 */
const ANSWER_MS = 600_000;
/** A connection is kept for the next mail this long, and no longer: one that the network has dropped would swallow it. */
const IDLE_MS = 10_000;
/** What is under way when the process is to end. */
const DRAIN_MS = 10_000;

/** The one way out for mail: over SMTP; without it into the log, but only in development. */
@Injectable()
export class Mailer implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly transport: Transporter | undefined;
  /** Aborts what is still under way when the process must wait no longer. */
  private readonly patience = new AbortController();

  constructor(
    private readonly config: Config,
    private readonly logger: Logger,
  ) {
    const url = config.get('SMTP_URL');
    if (!url) return;
    this.transport = createTransport({
      url,
      pool: true,
      connectionTimeout: CONNECT_MS,
      greetingTimeout: CONNECT_MS,
      dnsTimeout: CONNECT_MS,
      socketTimeout: ANSWER_MS,
      idleTimeout: IDLE_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  onApplicationBootstrap(): void {
    if (this.transport || this.config.get('NODE_ENV') !== 'production') return;
    this.logger.warn('SMTP_URL is not set: no mail is sent, so users cannot confirm an address or reset a password');
  }

  /**
   * Hands a mail over to the mail server.
   * @param id makes the Message-ID: a mail that is sent again has the same
   * @throws Error when it is worth another try; what the server refuses for good is not
   */
  async send(id: string, to: string, letter: Letter): Promise<void> {
    const { subject, text, html } = rendered(letter);
    if (!this.transport) {
      if (this.config.get('NODE_ENV') === 'development')
        this.logger.log({ to, subject, text }, 'mail not sent: SMTP_URL is not set');
      return;
    }
    // An address in another spelling would be mailed to elsewhere than it says; only accounts from before that was refused have one.
    if (normalizeEmail(to) !== to) {
      this.logger.warn({ mail_id: id, reason: 'not an email address' }, 'mail permanently rejected');
      return;
    }
    const from = this.config.get('MAIL_FROM') as string;
    const domain = /@([^>]+)/.exec(from)?.[1];
    const failure = await this.transport
      .sendMail({
        from,
        to: { name: '', address: to },
        subject: `[${this.config.get('INSTANCE_NAME')}] ${subject}`,
        text,
        html,
        messageId: `<${id}@${domain}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal: this.patience.signal,
      })
      .then(() => undefined, describe);
    if (failure?.isFinal) this.logger.warn({ mail_id: id, reason: failure.reason }, 'mail permanently rejected');
    else if (failure) throw new Error(`The mail could not be sent: ${failure.reason}`);
  }

  /** Deliveries are waited for before the process ends: not for as long as a server that hangs would have it. */
  beforeApplicationShutdown(): void {
    setTimeout(() => this.patience.abort(), DRAIN_MS).unref();
  }

  onApplicationShutdown(): void {
    this.transport?.close();
  }
}

/** What the server says no to: the envelope, with sender and recipient, or the mail itself. */
const REFUSALS = ['EENVELOPE', 'EMESSAGE'];
/** Says that it wants a password or TLS first: not a word about this mail, which goes out once SMTP_URL is mended. */
const NOT_SIGNED_IN = 530;

/** The server's own words may hold the address, so they are not repeated. */
function describe(error: { code?: string; responseCode?: number }): { reason: string; isFinal: boolean } {
  const { code = 'unknown', responseCode = 0 } = error;
  const isFinal = REFUSALS.includes(code) && responseCode >= 500 && responseCode !== NOT_SIGNED_IN;
  return { reason: `${code} ${responseCode || ''}`.trim(), isFinal };
}
