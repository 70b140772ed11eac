export {
  Email,
  Integer,
  Name,
  NewPassword,
  OneOf,
  Password,
  Prose,
  QueryFlag,
  QueryInteger,
  Text,
  TimeBound,
} from './fields.js';
export { Id } from './id-param.js';
export { MayBeOmitted } from './may-be-omitted.js';
export { IsMetadata } from './metadata.js';
export { MAX_NAME, MAX_PASSWORD, MIN_PASSWORD } from './text-rules.js';
export { IsTimestamp } from './timestamp.js';
export { ContractValidationPipe } from './validation.pipe.js';
