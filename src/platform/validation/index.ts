export { ExistingIdPipe, Id } from './id-param.js';
export { MayBeOmitted } from './may-be-omitted.js';
export { IsMetadata } from './metadata.js';
export { IsEmailAddress, IsName, IsNewPassword, IsPassword } from './text-rules.js';
export { IsTimestamp } from './timestamp.js';
export { ContractValidationPipe } from './validation.pipe.js';
