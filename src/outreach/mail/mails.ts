import { withoutLinks } from '../../platform/text/index.js';

/** What a mail says; who gets it is for the subscriber to know. */
export interface Letter {
  subject: string;
  paragraphs: string[];
  /** A way on, after the first paragraph. */
  link?: { label: string; url: string };
}

const MAX_NAME = 80;

const UNASKED = 'If you did not ask for this, you need not do anything.';

/** Everything that is mailed. Names that people chose go through `brief`, and all goes through `rendered`, which escapes it. */
export const letters = {
  verifyEmail: (url: string): Letter => ({
    subject: 'Confirm your email address',
    paragraphs: [
      'An account was created with this email address. If you created it, please confirm that the address is yours. The link works once, for 24 hours.',
      'If you did not create it, do not confirm: whoever did knows its password. Ignore this mail, or ask for a new password with this address: that takes the account over, and ends its sessions, API keys and invitations.',
    ],
    link: { label: 'Confirm the address', url },
  }),

  confirmNewEmail: (url: string): Letter => ({
    subject: 'Confirm your new email address',
    paragraphs: [
      'Please confirm that your account is to have this email address. Until then it keeps the one that it has. The link works once, for 24 hours.',
      UNASKED,
    ],
    link: { label: 'Use this address', url },
  }),

  addressTaken: (): Letter => ({
    subject: 'This email address has an account already',
    paragraphs: [
      'Somebody wants to use this email address for their account, but there is an account with it already. Nothing was changed.',
      'If that was you, sign in with this address, or delete one of the accounts first. Otherwise you need not do anything.',
    ],
  }),

  emailChangeRequested: (): Letter => ({
    subject: 'Your email address is to be changed',
    paragraphs: [
      'Somebody who is signed in to your account wants it to have another email address. It stays as it is until a link that went to the new address is opened.',
      'If that was not you, change your password now: that ends every other session and makes the link worthless.',
    ],
  }),

  resetPassword: (url: string): Letter => ({
    subject: 'Set a new password',
    paragraphs: [
      'A new password was asked for, for the account with this email address. The link works once, for one hour.',
      `${UNASKED} Your password stays as it is.`,
    ],
    link: { label: 'Set a new password', url },
  }),

  passwordChanged: (): Letter => ({
    subject: 'Your password was changed',
    paragraphs: [
      'The password of your account was changed, and other sessions were ended.',
      'If that was not you, ask for a new password at once: that locks out whoever did it.',
    ],
  }),

  invitation: (
    url: string,
    invitation: { organizationName: string; inviterName: string | null; role: string; expiresAt: Date },
  ): Letter => ({
    subject: `Join ${brief(invitation.organizationName)}`,
    paragraphs: [
      `${brief(invitation.inviterName ?? 'Somebody')} invites you to join the organization "${brief(invitation.organizationName)}" with the role ${invitation.role}.`,
      `The link works once, until ${moment(invitation.expiresAt)}, and only for an account with this email address. You can make one on the way.`,
      'If you do not know who that is, you need not do anything.',
    ],
    link: { label: 'Join the organization', url },
  }),

  removedFromOrganization: ({ organizationName }: { organizationName: string }): Letter => ({
    subject: `You were removed from ${brief(organizationName)}`,
    paragraphs: [
      `You are not a member of the organization "${brief(organizationName)}" any more, and your sessions in it were ended. Your account stays, with your other organizations.`,
      'If you think that this is a mistake, ask its owners: they can invite you again.',
    ],
  }),

  organizationDeleted: (deletion: { organizationName: string; purgeAt: Date; restoreUrl: string }): Letter => ({
    subject: `${brief(deletion.organizationName)} was deleted`,
    paragraphs: [
      `The organization "${brief(deletion.organizationName)}", which you own, was deleted. Its sessions and API keys are refused. On ${moment(deletion.purgeAt)} it will be gone for good, with all its data.`,
      `Until then you and its other owners can restore it: sign in again, which leads to another organization of yours, or to a new one, and send POST ${deletion.restoreUrl} with the access token.`,
      'If you did not expect this, ask the other owners. If it was done in your name, change your password.',
    ],
  }),
} as const;

/** Its subject, and its body as plain text and as HTML. */
export function rendered({ subject, paragraphs, link }: Letter): { subject: string; text: string; html: string } {
  const [first = '', ...rest] = paragraphs.map(onOneLine);
  const button = link && `<p><a href="${escaped(link.url)}">${escaped(onOneLine(link.label))}</a></p>`;
  return {
    subject: onOneLine(subject),
    text: `${[first, ...(link ? [link.url] : []), ...rest].join('\n\n')}\n`,
    html: page([paragraph(first), ...(button ? [button] : []), ...rest.map(paragraph)].join('\n')),
  };
}

/** A name that somebody chose: not as long as a message of their own, and without links. */
function brief(name: string): string {
  const text = withoutLinks(name);
  if (text.length <= MAX_NAME) return text || 'somebody';
  return `${text.slice(0, MAX_NAME - 1).toWellFormed()}…`;
}

const moment = (date: Date): string => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const paragraph = (text: string): string => `<p>${escaped(text)}</p>`;

const page = (body: string): string => `<!doctype html>
<html lang="en">
<body style="font: 16px/1.5 sans-serif; color: #222; max-width: 36em">
${body}
</body>
</html>
`;

/** Without line breaks and other control characters: they could begin a header, or a line that looks like ours. */
const onOneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
