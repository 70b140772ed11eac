export { ApiError, invalidField, notFound, type FieldError } from './api-error.js';
export { errorCodes, errorTable, slugOf, type ErrorCode } from './error-table.js';
export { Problem, toProblem } from './problem.dto.js';
