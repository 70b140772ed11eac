export { Sweep } from './sweep.js';
