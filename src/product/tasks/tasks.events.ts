import { z } from 'zod';
import { defineEvents } from '../../platform/events/index.js';

const task = z.strictObject({ task_type: z.string(), title: z.string(), user_id: z.uuid().nullable() });
const aTask = {
  task_type: 'research',
  title: 'Returns of damaged goods',
  user_id: '0199b1a0-6f3c-7d52-9e0b-3f1f6c2a7d10',
};

/** The subject of each is the task. `user_id` is the person who submitted it. */
export const tasksEvents = defineEvents({
  'task.submitted': {
    version: 1,
    schema: task,
    description: 'A background task was submitted.',
    example: aTask,
  },
  'task.completed': {
    version: 1,
    schema: task,
    description: 'A background task has finished, and its results are available.',
    example: aTask,
  },
  'task.failed': {
    version: 1,
    schema: task.extend({ error: z.strictObject({ code: z.string(), message: z.string() }) }),
    description: 'A background task has failed.',
    example: {
      ...aTask,
      error: { code: 'TASK_TIMEOUT', message: 'The task did not finish within 10 minutes.' },
    },
  },
  'task.cancelled': {
    version: 1,
    schema: task,
    description: 'A background task was cancelled.',
    example: aTask,
  },
});
