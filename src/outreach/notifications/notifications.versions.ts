import type { VersionChange } from '../../platform/versions/index.js';

export const notificationsInPages: VersionChange = {
  title: 'Notifications are paginated',
  description:
    'The list moved from `notifications` to `data`, as in every other list. Pass `next_cursor` as `cursor` to get the next page while `has_more` is true.',
  operations: ['notifications.list'],
  request: { newInQuery: ['cursor'] },
  answer: ({ data, total_count, unread_count }) => ({ notifications: data, total_count, unread_count }),
};
