import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/index.js';
import { ApiError } from '../../platform/errors/index.js';
import type { SessionPrincipal } from '../permissions/index.js';
import { MailCaps } from '../mail-caps/index.js';
import { UsersRepository } from '../users/index.js';

const DAY_SECONDS = 24 * 3600;
/** Across all organizations. */
const PER_RECIPIENT = 5;

/** Limits who may mail strangers, and how often: an invitation contains names that the sender chose. */
@Injectable()
export class InvitationLimits {
  constructor(
    private readonly config: Config,
    private readonly users: UsersRepository,
    private readonly caps: MailCaps,
  ) {}

  /**
   * Counts an invitation mail to this address, in the open transaction, in the platform scope.
   * @throws ApiError FORBIDDEN when the caller's own address is not confirmed, RATE_LIMITED when a limit is exceeded
   */
  async requireMayMail({ userId, organizationId }: SessionPrincipal, recipient: string): Promise<void> {
    const { isVerified } = await this.users.getLocked(userId);
    if (!isVerified) {
      throw new ApiError('FORBIDDEN', {
        detail:
          'Confirm your email address before you invite people. Open the link in the mail that we sent you, or request a new one at `POST /auth/resend-verification`.',
      });
    }
    const max = this.config.get('LIMIT_INVITATIONS');
    const windowSeconds = DAY_SECONDS;
    await this.caps.take(
      {
        kind: 'invitation-sender',
        who: userId,
        max,
        windowSeconds,
        detail: `You can send at most ${max} invitations per day. Try again later.`,
      },
      {
        kind: 'invitation-organization',
        who: organizationId,
        max,
        windowSeconds,
        detail: `An organization can send at most ${max} invitations per day. Try again later.`,
      },
      {
        kind: 'invitation-recipient',
        who: recipient,
        max: PER_RECIPIENT,
        windowSeconds,
        detail: `One email address can receive at most ${PER_RECIPIENT} invitations per day. Try again later.`,
      },
    );
  }
}
