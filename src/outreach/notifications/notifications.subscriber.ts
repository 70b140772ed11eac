import { Injectable } from '@nestjs/common';
import { NIL as NO_ORGANIZATION, v7 as uuidv7 } from 'uuid';
import { accountsEvents } from '../../identity/accounts/index.js';
import { apiKeysEvents } from '../../identity/api-keys/index.js';
import { membersEvents } from '../../identity/members/index.js';
import { organizationsEvents } from '../../identity/organizations/index.js';
import { sessionsEvents } from '../../identity/sessions/index.js';
import { quotasEvents } from '../../metering/quotas/index.js';
import { pickEvents, Subscribes, type EventOf, type PayloadOf, type Subscriber } from '../../platform/events/index.js';
import type { Notification } from './notification.entity.js';
import { NotificationsRepository } from './notifications.repository.js';

type Content = Pick<Notification, 'type' | 'title' | 'message'> & { userId?: string };

const HEARD = pickEvents(
  {
    ...accountsEvents,
    ...apiKeysEvents,
    ...membersEvents,
    ...organizationsEvents,
    ...sessionsEvents,
    ...quotasEvents,
  },
  'api_key.created',
  'api_key.rotated',
  'api_key.revoked',
  'member.joined',
  'member.role_changed',
  'organization.plan_changed',
  'organization.restored',
  'organization.resumed',
  'quota.threshold_reached',
  'session.created',
  'session.refresh_reused',
  'user.password_changed',
);

/** Event type -> what people are told of it; undefined when there is nothing to tell. */
const CONTENTS: {
  [Type in keyof typeof HEARD]: (payload: PayloadOf<typeof HEARD, Type>) => Content | undefined;
} = {
  'api_key.created': ({ name, environment, hint }) => ({
    type: 'info',
    title: 'API key made',
    message: `The ${environment} key "${name}" (${hint}) was made.`,
  }),
  'api_key.rotated': ({ name, environment, hint, previous_key_expires_at: end }) => ({
    type: 'info',
    title: 'API key rotated',
    message: `The ${environment} key "${name}" has a new secret (${hint}). The old one is refused from ${end} on.`,
  }),
  'api_key.revoked': ({ name, environment, hint }) => ({
    type: 'warning',
    title: 'API key revoked',
    message: `The ${environment} key "${name}" (${hint}) was revoked and is refused from now on.`,
  }),
  'member.joined': ({ role }) => ({
    type: 'info',
    title: 'New member',
    message: `Somebody has accepted an invitation to this organization and is its ${role} now.`,
  }),
  'member.role_changed': ({ user_id, from, to }) => ({
    type: 'info',
    title: 'Your role has changed',
    message: `You were ${from} of this organization and are ${to} now.`,
    userId: user_id,
  }),
  'organization.plan_changed': ({ from, to }) => ({
    type: 'info',
    title: 'The plan has changed',
    message: `The organization was on the plan ${from} and is on ${to} now.`,
  }),
  'organization.restored': () => ({
    type: 'success',
    title: 'The organization was restored',
    message: 'It had been deleted, and is as it was before.',
  }),
  'organization.resumed': () => ({
    type: 'success',
    title: 'The organization is open again',
    message: 'It had been suspended by the operator.',
  }),
  'quota.threshold_reached': ({ quota, percent, limit, used, resets_at: resetsAt }) => ({
    type: 'warning',
    title: percent < 100 ? `${percent} % of a quota are used` : 'A quota is used up',
    message: `Of the ${limit} ${quota} a month ${used} are used. They are there again at ${resetsAt}.`,
  }),
  'session.created': ({ user_id, ip, new_address }) =>
    new_address
      ? {
          type: 'warning',
          title: 'Sign-in from a new address',
          message: `Your account was signed in to from ${ip ?? 'an unknown address'} for the first time. If that was not you, change your password.`,
          userId: user_id,
        }
      : undefined,
  'user.password_changed': ({ user_id }) => ({
    type: 'warning',
    title: 'Password changed',
    message:
      'Your password was changed, and other sessions were ended. If that was not you, ask for a new password at once.',
    userId: user_id,
  }),
  'session.refresh_reused': ({ user_id, ip }) => ({
    type: 'warning',
    title: 'A session was ended for your safety',
    message: `A refresh token that had been used already was sent again from ${ip ?? 'an unknown address'}. It may have been stolen, so its session was ended.`,
    userId: user_id,
  }),
};

/** Tells people what happened. Exactly once per event: the delivery is ticked off in the same transaction. */
@Injectable()
@Subscribes({ name: 'notifications', to: HEARD })
export class NotificationsSubscriber implements Subscriber<typeof HEARD> {
  constructor(private readonly notifications: NotificationsRepository) {}

  async handle(event: EventOf<typeof HEARD>): Promise<void> {
    const describe = CONTENTS[event.type] as (payload: object) => Content | undefined;
    const content = describe(event.payload);
    // Somebody who is in no organization has no list of notifications either.
    if (!content || event.organizationId === NO_ORGANIZATION) return;
    const { userId = null, ...shown } = content;
    await this.notifications.insert({
      id: uuidv7(),
      organizationId: event.organizationId,
      userId,
      ...shown,
      data: { event_id: event.id, event_type: event.type, subject: event.subject },
    });
  }
}
