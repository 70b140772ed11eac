import { html, type Html } from '../../platform/pages/index.js';
import { withoutLinks } from '../../platform/text/index.js';

/** The content of a mail; the subscriber decides who receives it. */
export interface Letter {
  subject: string;
  paragraphs: string[];
  /** A link, after the first paragraph. */
  link?: { label: string; url: string };
}

const MAX_NAME = 80;

const UNASKED = 'If you did not request this, you can ignore this mail.';

/** All mail texts. Names that people chose go through `brief`, and everything goes through `rendered`, which escapes it. */
export const letters = {
  verifyEmail: (url: string): Letter => ({
    subject: 'Confirm your email address',
    paragraphs: [
      'An account was created with this email address. If you created it, please confirm that the address is yours. The link works once and expires in 24 hours.',
      'If you did not create it, do not confirm: the person who created it knows its password. Ignore this mail, or reset the password with this address. A reset gives you the account and ends its sessions, API keys and invitations.',
    ],
    link: { label: 'Confirm the address', url },
  }),

  confirmNewEmail: (url: string): Letter => ({
    subject: 'Confirm your new email address',
    paragraphs: [
      'Please confirm the new email address of your account. Until you do, your account keeps its current address. The link works once and expires in 24 hours.',
      UNASKED,
    ],
    link: { label: 'Use this address', url },
  }),

  addressTaken: (): Letter => ({
    subject: 'This email address already has an account',
    paragraphs: [
      'Someone tried to use this email address for their account, but another account already uses it. Nothing was changed.',
      'If this was you, sign in with this address, or delete one of the accounts first. Otherwise you can ignore this mail.',
    ],
  }),

  emailChangeRequested: (): Letter => ({
    subject: 'A change of your email address was requested',
    paragraphs: [
      'Someone who is signed in to your account asked to change its email address. The address does not change until the link in the mail to the new address is opened.',
      'If this was not you, change your password now. This ends every other session and invalidates the link.',
    ],
  }),

  resetPassword: (url: string): Letter => ({
    subject: 'Set a new password',
    paragraphs: [
      'Someone requested a new password for the account with this email address. The link works once and expires in one hour.',
      `${UNASKED} Your password does not change.`,
    ],
    link: { label: 'Set a new password', url },
  }),

  passwordChanged: (): Letter => ({
    subject: 'Your password was changed',
    paragraphs: [
      'The password of your account was changed and your other sessions were ended.',
      'If this was not you, reset your password immediately. This locks out the person who changed it.',
    ],
  }),

  appToReview: (review: { appName: string; organizationName: string; reviewUrl: string }): Letter => ({
    subject: `${brief(review.appName)} waits for approval`,
    paragraphs: [
      `A member of the organization "${brief(review.organizationName)}" wants to use the app "${brief(review.appName)}". An owner or admin must approve it first.`,
      `To see what it asks for, send GET ${review.reviewUrl} with the access token of a session in this organization. Then approve or deny it.`,
      'You get one mail per app, until somebody has decided.',
    ],
  }),

  appApproved: ({ appName, organizationName }: { appName: string; organizationName: string }): Letter => ({
    subject: `${brief(appName)} was approved`,
    paragraphs: [
      `An admin approved the app "${brief(appName)}" for the organization "${brief(organizationName)}". Start again in the app to let it in.`,
    ],
  }),

  appDenied: ({ appName, organizationName }: { appName: string; organizationName: string }): Letter => ({
    subject: `${brief(appName)} was denied`,
    paragraphs: [
      `An admin denied your request to use the app "${brief(appName)}" in the organization "${brief(organizationName)}".`,
      'If you need it, contact an admin of the organization.',
    ],
  }),

  appConnected: ({ appName, organizationName }: { appName: string; organizationName: string }): Letter => ({
    subject: `You connected ${brief(appName)}`,
    paragraphs: [
      `You gave the app "${brief(appName)}" access to the organization "${brief(organizationName)}". You can end its access at any time.`,
      'If this was not you, end its access and change your password now.',
    ],
  }),

  appDisconnected: ({ appName, organizationName }: { appName: string; organizationName: string }): Letter => ({
    subject: `${brief(appName)} was disconnected`,
    paragraphs: [
      `An admin ended the access that you gave the app "${brief(appName)}" to the organization "${brief(organizationName)}".`,
      'If you think this is a mistake, contact an admin of the organization.',
    ],
  }),

  invitation: (
    url: string,
    invitation: { organizationName: string; inviterName: string | null; role: string; expiresAt: Date },
  ): Letter => ({
    subject: `Join ${brief(invitation.organizationName)}`,
    paragraphs: [
      `${brief(invitation.inviterName ?? 'Someone')} invites you to join the organization "${brief(invitation.organizationName)}" with the role ${invitation.role}.`,
      `The link works once, expires on ${moment(invitation.expiresAt)}, and requires an account with this email address. If you have none, you can create one when you open the link.`,
      'If you do not know the sender, you can ignore this mail.',
    ],
    link: { label: 'Join the organization', url },
  }),

  removedFromOrganization: ({ organizationName }: { organizationName: string }): Letter => ({
    subject: `You were removed from ${brief(organizationName)}`,
    paragraphs: [
      `You are no longer a member of the organization "${brief(organizationName)}", and your sessions in it were ended. You keep your account and your other organizations.`,
      'If you think this is a mistake, contact its owners. They can invite you again.',
    ],
  }),

  organizationDeleted: (deletion: { organizationName: string; purgeAt: Date; restoreUrl: string }): Letter => ({
    subject: `${brief(deletion.organizationName)} was deleted`,
    paragraphs: [
      `The organization "${brief(deletion.organizationName)}", which you own, was deleted. Its sessions and API keys no longer work. On ${moment(deletion.purgeAt)}, the organization and all its data will be permanently deleted.`,
      `Until then, its owners can restore it. Sign in again (this opens another organization of yours, or a new one), then send POST ${deletion.restoreUrl} with the access token.`,
      'If you did not expect this, contact the other owners. If someone did this with your account, change your password.',
    ],
  }),
} as const;

/** The subject of a letter, and its body as plain text and as HTML. */
export function rendered({ subject, paragraphs, link }: Letter): { subject: string; text: string; html: string } {
  const [first = '', ...rest] = paragraphs.map(onOneLine);
  const button = link && html`<p><a href="${link.url}">${onOneLine(link.label)}</a></p>`;
  return {
    subject: onOneLine(subject),
    text: `${[first, ...(link ? [link.url] : []), ...rest].join('\n\n')}\n`,
    html: String(page([paragraph(first), ...(button ? [button] : []), ...rest.map(paragraph)])),
  };
}

/** A name that a user chose: too short to hold a message, and without links. */
function brief(name: string): string {
  const text = withoutLinks(name);
  if (text.length <= MAX_NAME) return text || 'someone';
  return `${text.slice(0, MAX_NAME - 1).toWellFormed()}…`;
}

const moment = (date: Date): string => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const paragraph = (text: string): Html => html`<p>${text}</p>`;

const page = (body: Html[]): Html =>
  html`<!doctype html>
    <html lang="en">
      <body style="font: 16px/1.5 sans-serif; color: #222; max-width: 36em">
        ${body.map((part) => [part, '\n'])}
      </body>
    </html> `;

/** Removes line breaks and other control characters, which could begin a header, or a line that looks like ours. */
const onOneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
