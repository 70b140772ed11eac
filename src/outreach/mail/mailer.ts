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

/** How long to wait for a mail server to respond at all. */
const CONNECT_MS = 10_000;
/**
 * How long to wait for each later response. A server may still be processing a mail that it has received completely. Giving up
 * then sends the mail twice, so RFC 5321 (4.5.3.2.6) requires 10 minutes.
 */
const ANSWER_MS = 600_000;
/** How long a connection is kept for the next mail. One that the network has dropped would swallow the mail. */
const IDLE_MS = 10_000;
/** How long open deliveries may take when the process ends. */
const DRAIN_MS = 10_000;

/** Sends all mail over SMTP. Without SMTP, mail goes to the log, but only in development. */
@Injectable()
export class Mailer implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly transport: Transporter | undefined;
  /** Aborts open deliveries when the process must wait no longer. */
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
   * Passes a mail to the mail server.
   * @param id determines the Message-ID: a mail that is sent again has the same one
   * @throws Error when a retry may succeed; permanent rejections are only logged
   */
  async send(id: string, to: string, letter: Letter): Promise<void> {
    const { subject, text, html } = rendered(letter);
    if (!this.transport) {
      if (this.config.get('NODE_ENV') === 'development')
        this.logger.log({ to, subject, text }, 'mail not sent: SMTP_URL is not set');
      return;
    }
    // Another spelling would reach a different mailbox. Only accounts from before such addresses were rejected have one.
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

  /** The process waits for deliveries before it ends, but a server that hangs must not delay it longer. */
  beforeApplicationShutdown(): void {
    setTimeout(() => this.patience.abort(), DRAIN_MS).unref();
  }

  onApplicationShutdown(): void {
    this.transport?.close();
  }
}

/** Codes of rejections: the envelope, with sender and recipient, or the mail itself. */
const REFUSALS = ['EENVELOPE', 'EMESSAGE'];
/** The server requires a password or TLS first. This does not concern the mail, which is sent once SMTP_URL is fixed. */
const NOT_SIGNED_IN = 530;

/** The server's own text may contain the address, so it is not repeated. */
function describe(error: { code?: string; responseCode?: number }): { reason: string; isFinal: boolean } {
  const { code = 'unknown', responseCode = 0 } = error;
  const isFinal = REFUSALS.includes(code) && responseCode >= 500 && responseCode !== NOT_SIGNED_IN;
  return { reason: `${code} ${responseCode || ''}`.trim(), isFinal };
}
