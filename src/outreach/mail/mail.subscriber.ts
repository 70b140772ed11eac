import { Injectable } from '@nestjs/common';
import { AccountMails, accountsEvents } from '../../identity/accounts/index.js';
import { appApprovalsEvents } from '../../identity/app-approvals/index.js';
import { authorizationsEvents } from '../../identity/authorizations/index.js';
import { AcceptInvitation, membersEvents } from '../../identity/members/index.js';
import { OrganizationMails, organizationsEvents } from '../../identity/organizations/index.js';
import { usersEvents } from '../../identity/users/index.js';
import { Config } from '../../platform/config/index.js';
import { pickEvents, Subscribes, type EventOf, type Subscriber } from '../../platform/events/index.js';
import { Mailer } from './mailer.js';
import { letters, type Letter } from './mails.js';

/** Undefined when there is nothing left to send. */
type Mail = { to: string; letter: Letter } | undefined;

const HEARD = pickEvents(
  {
    ...accountsEvents,
    ...appApprovalsEvents,
    ...authorizationsEvents,
    ...usersEvents,
    ...membersEvents,
    ...organizationsEvents,
  },
  'user.email_verification_requested',
  'user.email_change_requested',
  'user.password_reset_requested',
  'user.password_changed',
  'app_approval.answered',
  'app_approval.review_requested',
  'authorization.created',
  'authorization.ended',
  'invitation.created',
  'invitation.resent',
  'member.removed',
  'organization.deletion_announced',
);

/** Notices that people receive without requesting them. Each payload names the person. */
const NOTICES = pickEvents(
  HEARD,
  'user.email_change_requested',
  'user.password_changed',
  'app_approval.answered',
  'app_approval.review_requested',
  'authorization.created',
  'authorization.ended',
  'member.removed',
  'organization.deletion_announced',
);

type Heard = EventOf<typeof HEARD>;

const isNotice = (event: Heard): event is EventOf<typeof NOTICES> => event.type in NOTICES;

/** Mails people what happened, or what they requested. */
@Injectable()
@Subscribes({ name: 'mail', to: HEARD, outgoing: true })
export class MailSubscriber implements Subscriber<typeof HEARD> {
  constructor(
    private readonly config: Config,
    private readonly accounts: AccountMails,
    private readonly invitations: AcceptInvitation,
    private readonly organizations: OrganizationMails,
    private readonly mailer: Mailer,
  ) {}

  async handle(event: Heard): Promise<void> {
    if (isNotice(event) && (await this.accounts.wasToldEnough(event.id, event.payload.user_id, Object.keys(NOTICES)))) {
      return;
    }
    const write = this.writers[event.type] as (event: Heard) => Promise<Mail>;
    const mail = await write(event);
    if (mail) await this.mailer.send(event.id, mail.to, mail.letter);
  }

  /** Event type -> the mail. */
  private readonly writers: { [Type in keyof typeof HEARD]: (event: EventOf<typeof HEARD, Type>) => Promise<Mail> } = {
    'user.email_verification_requested': async ({ subject: tokenId }) => {
      const found = await this.accounts.findVerification(tokenId);
      if (!found) return undefined;
      const url = this.link('verify-email', found.secret);
      const write = found.purpose === 'verify_email' ? letters.verifyEmail : letters.confirmNewEmail;
      return { to: found.email, letter: found.isTaken ? letters.addressTaken() : write(url) };
    },
    'user.email_change_requested': ({ subject: userId }) => this.notice(userId, letters.emailChangeRequested()),
    'user.password_reset_requested': async ({ id, subject: userId }) => {
      const found = await this.accounts.preparePasswordReset(userId, id);
      return found && { to: found.email, letter: letters.resetPassword(this.link('reset-password', found.secret)) };
    },
    'user.password_changed': ({ subject: userId }) => this.notice(userId, letters.passwordChanged()),
    'app_approval.answered': async ({ organizationId, payload }) => {
      const found = await this.organizations.findMember(organizationId, payload.user_id);
      const write = payload.answer === 'approved' ? letters.appApproved : letters.appDenied;
      return found && { to: found.email, letter: write({ ...found, appName: payload.client_name }) };
    },
    'app_approval.review_requested': async ({ organizationId, payload }) => {
      const found = await this.organizations.findMember(organizationId, payload.user_id);
      const reviewUrl = `${this.config.publicUrl}/api/v1/app-approvals?status=pending`;
      return (
        found && { to: found.email, letter: letters.appToReview({ ...found, appName: payload.client_name, reviewUrl }) }
      );
    },
    'authorization.created': async ({ organizationId, payload }) => {
      const found = await this.organizations.findMember(organizationId, payload.user_id);
      return found && { to: found.email, letter: letters.appConnected({ ...found, appName: payload.client_name }) };
    },
    'authorization.ended': async ({ organizationId, payload }) => {
      if (payload.ended_by !== 'admin') return undefined;
      const found = await this.organizations.findMember(organizationId, payload.user_id);
      return found && { to: found.email, letter: letters.appDisconnected({ ...found, appName: payload.client_name }) };
    },
    'invitation.created': ({ subject }) => this.invitation(subject),
    'invitation.resent': ({ subject }) => this.invitation(subject),
    'member.removed': async ({ organizationId, subject: userId }) => {
      const found = await this.organizations.findRemoval(organizationId, userId);
      return found && { to: found.email, letter: letters.removedFromOrganization(found) };
    },
    'organization.deletion_announced': async ({ subject: organizationId, payload }) => {
      const purgeAt = new Date(payload.purge_at);
      const found = await this.organizations.findDeletion(organizationId, payload.user_id, purgeAt);
      const restoreUrl = `${this.config.publicUrl}/api/v1/organizations/${organizationId}/restore`;
      return found && { to: found.email, letter: letters.organizationDeleted({ ...found, purgeAt, restoreUrl }) };
    },
  };

  private async invitation(id: string): Promise<Mail> {
    const found = await this.invitations.findLetter(id);
    return found && { to: found.email, letter: letters.invitation(this.link('accept-invitation', found.token), found) };
  }

  private async notice(userId: string, letter: Letter): Promise<Mail> {
    const to = await this.accounts.findAddress(userId);
    return to ? { to, letter } : undefined;
  }

  /** The secret follows `#`: browsers send a fragment to no server. */
  private link(page: string, secret: string): string {
    return `${this.config.publicUrl}/auth/${page}#token=${secret}`;
  }
}
