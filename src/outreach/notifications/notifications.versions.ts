import type { VersionChange } from '../../platform/versions/index.js';

export const notificationsInPages: VersionChange = {
  title: 'Notifications come in pages',
  description:
    'The list stands in `data` like every other, no longer in `notifications`, and `next_cursor` and `has_more` lead to the next page, which `cursor` asks for.',
  operations: ['notifications.list'],
  request: { newInQuery: ['cursor'] },
  answer: ({ data, total_count, unread_count }) => ({ notifications: data, total_count, unread_count }),
};
