/** Secrets that the tests use repeatedly. After a run, `npm test` searches everything that it has left behind for them. */
export const PASSWORD = 'a long and private sentence';
export const APP_SECRET = 'a-secret-for-tests-and-for-nothing-else';
