export { Html, html, withCode } from './html.js';
export { icon, layout, readPageFile, sendPage, type Page, type PageContent } from './layout.js';
export { OffersPage } from './offers-page.js';
