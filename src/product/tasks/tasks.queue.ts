export const TASKS_QUEUE = 'tasks';

/**
 * Wakes a worker. The id is that of the task whose submission wakes it; which task it then runs is decided by turns, in
 * PostgreSQL.
 */
export interface RunTask {
  id: string;
}
