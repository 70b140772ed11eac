export { ChecksPassword, RateOfSignIn, SIGN_IN_ATTEMPT, type AttemptKind } from './attempt-kinds.js';
export { attemptWatchOf, setAttemptWatch, type AttemptWatch } from './attempt-watch.js';
