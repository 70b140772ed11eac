import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { createTransport, type Transporter } from 'nodemailer';
import { Config } from '../../platform/config/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { rendered, type Letter } from './mails.js';

const TIMEOUT_MS = 10_000;

/** The one way out for mail: over SMTP; without it into the log, but only in development. */
@Injectable()
export class Mailer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly transport: Transporter | undefined;

  constructor(
    private readonly config: Config,
    private readonly logger: Logger,
  ) {
    const url = config.get('SMTP_URL');
    if (!url) return;
    this.transport = createTransport({
      url,
      pool: true,
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      dnsTimeout: TIMEOUT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  onApplicationBootstrap(): void {
    if (this.transport || this.config.get('NODE_ENV') !== 'production') return;
    this.logger.warn('SMTP_URL is not set: no mail is sent, so nobody can confirm an address or reset a password');
  }

  /**
   * Hands a mail over to the mail server.
   * @param id makes the Message-ID: a mail that is sent again has the same
   * @throws Error when it is worth another try; a mailbox that there is not is not
   */
  async send(id: string, to: string, letter: Letter): Promise<void> {
    const { subject, text, html } = rendered(letter);
    if (!this.transport) {
      if (this.config.get('NODE_ENV') === 'development')
        this.logger.log({ to, subject, text }, 'mail: not sent, no SMTP_URL');
      return;
    }
    const from = this.config.get('MAIL_FROM') as string;
    const domain = /@([^>]+)/.exec(from)?.[1];
    const failure = await this.transport
      .sendMail({
        from,
        to: { name: '', address: to },
        subject,
        text,
        html,
        messageId: `<${id}@${domain}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
      })
      .then(() => undefined, describe);
    if (failure?.isFinal) this.logger.warn({ mail_id: id, reason: failure.reason }, 'mail: the address is refused');
    else if (failure) throw new Error(`The mail could not be sent: ${failure.reason}`);
  }

  onApplicationShutdown(): void {
    this.transport?.close();
  }
}

/** The server's own words may hold the address, so they are not repeated. */
function describe(error: { code?: string; responseCode?: number }): { reason: string; isFinal: boolean } {
  const { code = 'unknown', responseCode = 0 } = error;
  return { reason: `${code} ${responseCode || ''}`.trim(), isFinal: code === 'EENVELOPE' && responseCode >= 500 };
}
