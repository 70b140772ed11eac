/** Secrets that the tests use again and again. After a run `npm test` looks for them in all that it has left behind. */
export const PASSWORD = 'a long and private sentence';
export const APP_SECRET = 'a-secret-for-tests-and-for-nothing-else';
