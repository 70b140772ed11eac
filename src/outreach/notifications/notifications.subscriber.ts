import { Injectable } from '@nestjs/common';
import { NIL as NO_ORGANIZATION } from 'uuid';
import { accountsEvents } from '../../identity/accounts/index.js';
import { apiKeysEvents } from '../../identity/api-keys/index.js';
import { appApprovalsEvents } from '../../identity/app-approvals/index.js';
import { authorizationsEvents } from '../../identity/authorizations/index.js';
import { membersEvents } from '../../identity/members/index.js';
import { organizationsEvents } from '../../identity/organizations/index.js';
import { sessionsEvents } from '../../identity/sessions/index.js';
import { quotasEvents } from '../../metering/quotas/index.js';
import { tasksEvents } from '../../product/tasks/index.js';
import { pickEvents, Subscribes, type EventOf, type PayloadOf, type Subscriber } from '../../platform/events/index.js';
import { newId } from '../../platform/ids/index.js';
import type { Notification } from './notification.entity.js';
import { NotificationsRepository } from './notifications.repository.js';

type Content = Pick<Notification, 'type' | 'title' | 'message'> & { userId?: string };

const HEARD = pickEvents(
  {
    ...accountsEvents,
    ...apiKeysEvents,
    ...appApprovalsEvents,
    ...authorizationsEvents,
    ...membersEvents,
    ...organizationsEvents,
    ...sessionsEvents,
    ...quotasEvents,
    ...tasksEvents,
  },
  'api_key.created',
  'api_key.rotated',
  'api_key.revoked',
  'app_approval.answered',
  'app_approval.review_requested',
  'authorization.created',
  'authorization.ended',
  'member.joined',
  'member.role_changed',
  'organization.plan_changed',
  'organization.restored',
  'organization.resumed',
  'quota.threshold_reached',
  'session.created',
  'session.refresh_reused',
  'task.completed',
  'task.failed',
  'user.password_changed',
);

/** The name of an app, with the website of one that chose its name itself. */
const labelOf = (name: string, clientId: string): string =>
  URL.canParse(clientId) ? `"${name}" (${new URL(clientId).host})` : `"${name}"`;

/** Event type -> the notification; undefined when there is none. */
const CONTENTS: {
  [Type in keyof typeof HEARD]: (payload: PayloadOf<typeof HEARD, Type>) => Content | undefined;
} = {
  'api_key.created': ({ name, environment, hint }) => ({
    type: 'info',
    title: 'API key created',
    message: `The ${environment} key "${name}" (${hint}) was created.`,
  }),
  'api_key.rotated': ({ name, environment, hint, previous_key_expires_at: end }) => ({
    type: 'info',
    title: 'API key rotated',
    message: `The ${environment} key "${name}" has a new secret (${hint}). The old secret stops working at ${end}.`,
  }),
  'api_key.revoked': ({ name, environment, hint }) => ({
    type: 'warning',
    title: 'API key revoked',
    message: `The ${environment} key "${name}" (${hint}) was revoked and no longer works.`,
  }),
  'app_approval.answered': ({ user_id, client_name, client_id, answer }) => ({
    type: answer === 'approved' ? 'success' : 'warning',
    title: answer === 'approved' ? 'App approved' : 'App denied',
    message:
      answer === 'approved'
        ? `An admin approved the app ${labelOf(client_name, client_id)} for this organization. You can give it access now.`
        : `An admin denied your request to use the app ${labelOf(client_name, client_id)} in this organization.`,
    userId: user_id,
  }),
  'app_approval.review_requested': ({ user_id, client_name, client_id }) => ({
    type: 'info',
    title: 'App waits for approval',
    message: `A member wants to use the app ${labelOf(client_name, client_id)} in this organization. Approve or deny it at /api/v1/app-approvals.`,
    userId: user_id,
  }),
  'authorization.created': ({ user_id, client_name, client_id }) => ({
    type: 'info',
    title: 'App connected',
    message: `You gave the app ${labelOf(client_name, client_id)} access to this organization. If this was not you, end its access and change your password.`,
    userId: user_id,
  }),
  'authorization.ended': ({ user_id, client_name, client_id, ended_by }) =>
    ended_by === 'admin'
      ? {
          type: 'warning',
          title: 'App disconnected',
          message: `An admin ended the access that you gave the app ${labelOf(client_name, client_id)} to this organization.`,
          userId: user_id,
        }
      : undefined,
  'member.joined': ({ role }) => ({
    type: 'info',
    title: 'New member',
    message: `A new member joined this organization with the role ${role}.`,
  }),
  'member.role_changed': ({ user_id, from, to }) => ({
    type: 'info',
    title: 'Your role changed',
    message: `Your role in this organization changed from ${from} to ${to}.`,
    userId: user_id,
  }),
  'organization.plan_changed': ({ from, to }) => ({
    type: 'info',
    title: 'Plan changed',
    message: `The plan of this organization changed from ${from} to ${to}.`,
  }),
  'organization.restored': () => ({
    type: 'success',
    title: 'Organization restored',
    message: 'This organization was deleted and has been restored with all its data.',
  }),
  'organization.resumed': () => ({
    type: 'success',
    title: 'Organization reactivated',
    message: 'The operator lifted the suspension of this organization.',
  }),
  'quota.threshold_reached': ({ quota, percent, limit, used, resets_at: resetsAt }) => ({
    type: 'warning',
    title: percent < 100 ? `${percent}% of a quota is used` : 'Quota used up',
    message: `${used} of ${limit} ${quota} per month are used. The quota resets at ${resetsAt}.`,
  }),
  'session.created': ({ user_id, ip, new_address }) =>
    new_address
      ? {
          type: 'warning',
          title: 'Sign-in from a new IP address',
          message: `Someone signed in to your account from ${ip ?? 'an unknown IP address'} for the first time. If this was not you, change your password.`,
          userId: user_id,
        }
      : undefined,
  'task.completed': ({ task_type, title, user_id }) => ({
    type: 'success',
    title: 'Task completed',
    message: `The results of "${title}" (${task_type}) are ready.`,
    ...(user_id && { userId: user_id }),
  }),
  'task.failed': ({ task_type, title, user_id, error }) => ({
    type: 'warning',
    title: 'Task failed',
    message: `"${title}" (${task_type}) failed. ${error.message}`,
    ...(user_id && { userId: user_id }),
  }),
  'user.password_changed': ({ user_id }) => ({
    type: 'warning',
    title: 'Password changed',
    message:
      'Your password was changed and your other sessions were ended. If this was not you, reset your password immediately.',
    userId: user_id,
  }),
  'session.refresh_reused': ({ user_id, ip }) => ({
    type: 'warning',
    title: 'Session ended for your security',
    message: `A refresh token was used a second time from ${ip ?? 'an unknown IP address'}. It may have been stolen, so its session was ended.`,
    userId: user_id,
  }),
};

/** Ids by which a program finds what a notification is about. */
const referenceOf = ({ type, subject, payload }: EventOf<typeof HEARD>): object =>
  type === 'task.completed' || type === 'task.failed' ? { task_id: subject, task_type: payload.task_type } : {};

/** Notifies people of what happened. Exactly once per event: the delivery is marked as done in the same transaction. */
@Injectable()
@Subscribes({ name: 'notifications', to: HEARD })
export class NotificationsSubscriber implements Subscriber<typeof HEARD> {
  constructor(private readonly notifications: NotificationsRepository) {}

  async handle(event: EventOf<typeof HEARD>): Promise<void> {
    const describe = CONTENTS[event.type] as (payload: object) => Content | undefined;
    const content = describe(event.payload);
    // A person who is in no organization has no list of notifications either.
    if (!content || event.organizationId === NO_ORGANIZATION) return;
    const { userId = null, ...shown } = content;
    await this.notifications.insert({
      id: newId(),
      organizationId: event.organizationId,
      userId,
      ...shown,
      data: { event_id: event.id, event_type: event.type, subject: event.subject, ...referenceOf(event) },
    });
  }
}
