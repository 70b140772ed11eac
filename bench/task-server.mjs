// The built worker, whose tasks of every type do nothing: only their way is measured.

/** @param {string} path path in the built server */
const built = (path) => import(new URL(`../dist/${path}`, import.meta.url).href);
const { TaskRunners } = await built('product/tasks/task-runners.js');

TaskRunners.prototype.get = (/** @type {string} */ type) => ({ type, timeoutSeconds: 60, run: async () => ({}) });
await built('main.worker.js');
// A worker has no address.
process.send?.({ url: 'none' });
