export { normalizeEmail, normalizeEmailBeginning } from './email-address.js';
export { isName, withoutLinks } from './name.js';
export { normalizePassword } from './password.js';
