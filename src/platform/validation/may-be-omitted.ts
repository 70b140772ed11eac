import { ValidateIf } from 'class-validator';

/** A field that may be left out but not be null. `IsOptional` lets null pass as well, for fields where it means nothing or "none". */
export const MayBeOmitted = (): PropertyDecorator => ValidateIf((_object, value) => value !== undefined);
