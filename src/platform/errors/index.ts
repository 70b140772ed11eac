export { ApiError, brief, fieldMessages, inSeconds, invalidField, notFound, type FieldError } from './api-error.js';
export { exampleOf } from './error-examples.js';
export { errorCodes, errorTable, slugOf, type ErrorCode } from './error-table.js';
export { Problem, toProblem } from './problem.dto.js';
