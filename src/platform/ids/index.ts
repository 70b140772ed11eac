export { newId } from './new-id.js';
export { fewRandomBytes } from './random-bytes.js';
