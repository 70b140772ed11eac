export { linkPagePaths, linkPages } from './link-pages.js';
