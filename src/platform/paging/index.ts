export { PageDto } from './page.dto.js';
export { PageQuery } from './page-query.dto.js';
export { ApiPage, cursorId, madeAt, smallestIdAt, toPage, type Page } from './pagination.js';
